import { currentPasswordWrong } from '../../../core/accounts/own-account.ts'
import {
  body,
  createRoute,
  createRouter,
  empty,
  problems,
  refusedBody,
  replyEmpty,
} from '../../../http/router.ts'
import { accessToken } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { requesterOf } from '../../../middleware/language.ts'
import { limited } from '../../../middleware/limited.ts'
import { setSessionCookie } from '../../../middleware/session-cookie.ts'
import { PasswordChange } from './schemas.ts'
import { changePassword } from './service.ts'

const change = createRoute({
  method: 'post',
  path: '/auth/password',
  tags: ['account'],
  operationId: 'changePassword',
  summary: 'Change the password, or set the first',
  description:
    "The user's other sessions end in the same statement; this one goes on. A mail tells the user. A user who has no password leaves `current_password` out, and must have proven in the last 10 minutes who they are.",
  ...guarded(accessToken, limited, jsonBody),
  request: body(PasswordChange),
  responses: {
    204: empty('The password was changed.'),
  },
  ...problems(
    currentPasswordWrong,
    'step_up_required',
    refusedBody(PasswordChange, { new_password: 'horse' }),
    'overloaded',
  ),
})

export const passwordRouter = createRouter().openapi(change, async (c) => {
  const { current_password: current, new_password: next } = c.req.valid('json')
  const change = { current, next }
  const [deps, caller, { signal }] = [c.get('deps'), c.get('claims'), c.req.raw]
  const renewed = await changePassword(deps, caller, change, requesterOf(c), signal)
  return replyEmpty(c, renewed && setSessionCookie(c, renewed))
})
