import { createRoute, createRouter, json, problems, reply } from '../../../http/router.ts'
import { User, userResponse } from '../../../http/schemas.ts'
import { TOKEN_PROBLEMS, withCurrentUser } from '../../../middleware/guards.ts'

const me = createRoute({
  method: 'get',
  path: '/auth/me',
  tags: ['auth'],
  operationId: 'me',
  summary: 'The current user',
  ...withCurrentUser,
  responses: {
    200: json(User, 'The user whom the access token speaks for.'),
  },
  ...problems(...TOKEN_PROBLEMS),
})

export const accountRouter = createRouter().openapi(me, (c) =>
  reply(c, User, userResponse(c.get('actor')), 200),
)
