import { usernameTaken } from '../../../core/accounts/profile.ts'
import { ETAG_HEADER, etagOf, IfMatch, versionsIn } from '../../../http/if-match.ts'
import {
  body,
  createRoute,
  createRouter,
  json,
  problems,
  refusedBody,
  reply,
} from '../../../http/router.ts'
import { User, userResponse } from '../../../http/schemas.ts'
import { accessToken } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { limited } from '../../../middleware/limited.ts'
import { ProfileChange } from './schemas.ts'
import { updateProfile } from './service.ts'

const update = createRoute({
  method: 'patch',
  path: '/auth/me',
  tags: ['account'],
  operationId: 'updateProfile',
  summary: 'Change the profile',
  description:
    'Changes the fields that are given; null deletes one. Tokens carry a new username from the next refresh on.',
  ...guarded(accessToken, limited, jsonBody),
  request: { ...body(ProfileChange), headers: IfMatch },
  responses: { 200: { ...json(User, 'The user as it is now.'), headers: ETAG_HEADER } },
  ...problems(usernameTaken, 'precondition_failed', refusedBody(ProfileChange, { username: 'x' })),
})

export const profileRouter = createRouter().openapi(update, async (c) => {
  const versions = versionsIn(c.req.header('if-match'))
  const user = await updateProfile(c.get('deps'), c.get('claims'), c.req.valid('json'), versions)
  return reply(c, User, userResponse(user), 200, etagOf(user))
})
