import { LoginResponse, mfaRequired } from '../../../http/mfa.ts'
import {
  body,
  createRoute,
  createRouter,
  json,
  problems,
  refusedBody,
  reply,
} from '../../../http/router.ts'
import { tokenResponse } from '../../../http/schemas.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { requesterOf } from '../../../middleware/language.ts'
import { limited } from '../../../middleware/limited.ts'
import { openerOf } from '../../../middleware/opener.ts'
import { setSessionCookie } from '../../../middleware/session-cookie.ts'
import { CodeRequest, CodeRequested, CodeVerification } from './schemas.ts'
import { logInByCode, requestCode } from './service.ts'

const request = createRoute({
  method: 'post',
  path: '/auth/code',
  tags: ['auth'],
  operationId: 'requestCode',
  summary: 'Have a code mailed to log in by',
  description:
    'Where `LOGIN_CODES=true`. The answer is the same whether there is an account with this email or not. The code works with the `code_token` of this answer alone, so that nobody logs in by a code that somebody else asked for.',
  ...guarded(limited, jsonBody),
  request: body(CodeRequest),
  responses: {
    202: json(CodeRequested, 'If there is an account, its owner gets a mail with a code.'),
  },
  ...problems(
    refusedBody(CodeRequest, { email: 'grace' }),
    'login_codes_off',
    'mail_not_configured',
    'service_unavailable',
  ),
})

const verify = createRoute({
  method: 'post',
  path: '/auth/code/verify',
  tags: ['auth'],
  operationId: 'verifyCode',
  summary: 'Log in by a mailed code',
  description:
    'Five codes may be tried. It verifies the email; an account whose email was not verified before loses its password and all sessions first, for somebody else may have made it.',
  ...guarded(limited, jsonBody),
  request: body(CodeVerification),
  responses: {
    200: json(
      LoginResponse,
      'A session was opened, and these are its tokens; or a second factor is needed, which `mfa_required` says.',
    ),
  },
  ...problems(
    refusedBody(CodeVerification, { code_token: 'x', code: '1' }),
    'factor_refused',
    'login_codes_off',
    'email_not_verified',
    'service_unavailable',
  ),
})

export const codeRouter = createRouter()
  .openapi(request, async (c) => {
    const { email, turnstile_token: challengeToken } = c.req.valid('json')
    const wanted = { email, challengeToken }
    const asked = await requestCode(c.get('deps'), wanted, requesterOf(c), c.req.raw.signal)
    const { codeToken, expiresInSeconds } = asked
    return reply(c, CodeRequested, { code_token: codeToken, expires_in: expiresInSeconds }, 202)
  })
  .openapi(verify, async (c) => {
    const { code_token: codeToken, code, transport } = c.req.valid('json')
    const opener = await openerOf(c, transport)
    const outcome = await logInByCode(c.get('deps'), { codeToken, code }, opener)
    if ('mfaToken' in outcome) return reply(c, LoginResponse, mfaRequired(outcome), 200)
    return reply(c, LoginResponse, tokenResponse(outcome), 200, setSessionCookie(c, outcome))
  })
