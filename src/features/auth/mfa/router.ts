import { offeredFactor } from '../../../http/mfa.ts'
import { body, createRoute, createRouter, json, problems, reply } from '../../../http/router.ts'
import { TokenResponse, tokenResponse } from '../../../http/schemas.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { limited } from '../../../middleware/limited.ts'
import { openerOf } from '../../../middleware/opener.ts'
import { setSessionCookie } from '../../../middleware/session-cookie.ts'
import { MfaVerification } from './schemas.ts'
import { verifyMfa } from './service.ts'

const verify = createRoute({
  method: 'post',
  path: '/auth/mfa/verify',
  tags: ['auth'],
  operationId: 'verifyMfa',
  summary: 'Finish a log-in by a second factor',
  description:
    'For a log-in that answered `mfa_required`. After a wrong factor the token still works, until the limit of the account is used up. A code, a recovery code and the token each work once; a mail tells of each recovery code.',
  ...guarded(limited, jsonBody),
  request: body(MfaVerification),
  responses: {
    200: json(TokenResponse, 'A session was opened, and these are its tokens.'),
  },
  ...problems('mfa_token_invalid', 'factor_refused', 'email_not_verified', 'service_unavailable'),
})

export const mfaRouter = createRouter().openapi(verify, async (c) => {
  const { mfa_token: mfaToken, transport, ...fields } = c.req.valid('json')
  const opener = await openerOf(c, transport)
  const tokens = await verifyMfa(c.get('deps'), mfaToken, offeredFactor(fields), opener)
  return reply(c, TokenResponse, tokenResponse(tokens), 200, setSessionCookie(c, tokens))
})
