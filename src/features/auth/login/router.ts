import { LoginResponse, mfaRequired } from '../../../http/mfa.ts'
import { body, createRoute, createRouter, json, problems, reply } from '../../../http/router.ts'
import { tokenResponse } from '../../../http/schemas.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { limited } from '../../../middleware/limited.ts'
import { openerOf } from '../../../middleware/opener.ts'
import { setSessionCookie } from '../../../middleware/session-cookie.ts'
import { LoginRequest } from './schemas.ts'
import { login } from './service.ts'

const loginRoute = createRoute({
  method: 'post',
  path: '/auth/login',
  tags: ['auth'],
  operationId: 'login',
  summary: 'Log in by username or email',
  description:
    'After many wrong passwords an account is slow for strangers: 429, however right the password is. Where Turnstile is set up, `errors` then names `/turnstile_token`, and a person with a token may try on.',
  ...guarded(limited, jsonBody),
  request: body(LoginRequest),
  responses: {
    200: json(
      LoginResponse,
      'A session was opened, and these are its tokens; or a second factor is needed, which `mfa_required` says.',
    ),
  },
  ...problems('invalid_credentials', 'email_not_verified', 'overloaded', 'service_unavailable'),
})

export const loginRouter = createRouter().openapi(loginRoute, async (c) => {
  const {
    username_or_email: identifier,
    password,
    turnstile_token: challengeToken,
    transport,
  } = c.req.valid('json')
  const { signal } = c.req.raw
  const outcome = await login(c.get('deps'), {
    identifier,
    password,
    challengeToken,
    opener: await openerOf(c, transport),
    signal,
  })
  if ('mfaToken' in outcome) return reply(c, LoginResponse, mfaRequired(outcome), 200)
  const { isPasswordBreached, ...tokens } = outcome
  const warning = isPasswordBreached && { password_breached: true }
  const answer = { ...tokenResponse(tokens), ...warning }
  return reply(c, LoginResponse, answer, 200, setSessionCookie(c, tokens))
})
