import { resetPassword } from '../../../core/accounts/reset-password.ts'
import {
  body,
  createRoute,
  createRouter,
  empty,
  problems,
  refusedBody,
  replyAccepted,
  replyEmpty,
} from '../../../http/router.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { requesterOf } from '../../../middleware/language.ts'
import { limited } from '../../../middleware/limited.ts'
import { ForgotRequest, ResetRequest } from './schemas.ts'
import { forgotPassword } from './service.ts'

const forgot = createRoute({
  method: 'post',
  path: '/auth/password/forgot',
  tags: ['account'],
  operationId: 'forgotPassword',
  summary: 'Have a link mailed to choose a new password',
  description: 'The answer is the same whether there is an account with this email or not.',
  ...guarded(limited, jsonBody),
  request: body(ForgotRequest),
  responses: {
    202: empty('If there is an account, its owner gets a mail.'),
  },
  ...problems(
    refusedBody(ForgotRequest, { email: 'grace' }),
    'mail_not_configured',
    'service_unavailable',
  ),
})

const reset = createRoute({
  method: 'post',
  path: '/auth/password/reset',
  tags: ['account'],
  operationId: 'resetPassword',
  summary: 'Choose a new password by the link of a mail',
  description:
    'All sessions of the user end, and the email counts as verified. It opens no session: log in with the new password. A refused password leaves the token as it is.',
  ...guarded(limited, jsonBody),
  request: body(ResetRequest),
  responses: {
    204: empty('The password was set.'),
  },
  ...problems(
    'one_time_token_invalid',
    refusedBody(ResetRequest, { token: 'x', new_password: 'horse' }),
    'overloaded',
    'service_unavailable',
  ),
})

export const recoveryRouter = createRouter()
  .openapi(forgot, async (c) => {
    const { email, turnstile_token: challengeToken } = c.req.valid('json')
    const wanted = { email, challengeToken }
    await forgotPassword(c.get('deps'), wanted, requesterOf(c), c.req.raw.signal)
    return replyAccepted(c)
  })
  .openapi(reset, async (c) => {
    const { token, new_password: password } = c.req.valid('json')
    const chosen = { token, password }
    await resetPassword(c.get('deps'), chosen, requesterOf(c), c.req.raw.signal)
    return replyEmpty(c)
  })
