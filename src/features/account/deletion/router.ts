import { currentPasswordMissing, currentPasswordWrong } from '../../../core/accounts/own-account.ts'
import {
  body,
  createRoute,
  createRouter,
  empty,
  problems,
  replyEmpty,
} from '../../../http/router.ts'
import { accessToken } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { languageOf } from '../../../middleware/language.ts'
import { limited } from '../../../middleware/limited.ts'
import { forgetSessionCookie } from '../../../middleware/session-cookie.ts'
import { DeletionRequest } from './schemas.ts'
import { deleteAccount } from './service.ts'

const deletion = createRoute({
  method: 'delete',
  path: '/auth/me',
  tags: ['account'],
  operationId: 'deleteAccount',
  summary: 'Delete the account',
  description:
    'The user, the sessions and all else that belongs to the account are gone at once. Username and email are free again. The last admin stays. A user with second factors must have proven one in the last 10 minutes. A user who has no password leaves `current_password` out, and must have proven in that time who they are.',
  ...guarded(accessToken, limited, jsonBody),
  request: body(DeletionRequest),
  responses: {
    204: empty('The account is gone.'),
  },
  ...problems(
    currentPasswordWrong,
    currentPasswordMissing,
    'step_up_required',
    'last_admin',
    'overloaded',
  ),
})

/** The account's deletion comes last in the document, for whoever tries one operation after the other. */
export const deletionRouter = createRouter().openapi(deletion, async (c) => {
  const { current_password: password } = c.req.valid('json')
  const language = languageOf(c)
  await deleteAccount(c.get('deps'), c.get('claims'), { password, language }, c.req.raw.signal)
  return replyEmpty(c, forgetSessionCookie(c))
})
