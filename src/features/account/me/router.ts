import { ETAG_HEADER, etagOf } from '../../../http/if-match.ts'
import { createRoute, createRouter, json, reply } from '../../../http/router.ts'
import { User, userResponse } from '../../../http/schemas.ts'
import { currentUser } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'

const me = createRoute({
  method: 'get',
  path: '/auth/me',
  tags: ['account'],
  operationId: 'me',
  summary: 'The current user',
  ...guarded(currentUser),
  responses: {
    200: {
      ...json(User, 'The user whom the access token speaks for.'),
      headers: ETAG_HEADER,
    },
  },
})

export const meRouter = createRouter().openapi(me, (c) => {
  const user = c.get('actor')
  return reply(c, User, userResponse(user), 200, etagOf(user))
})
