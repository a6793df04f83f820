import { RequestOptions } from '../../../http/passkey.ts'
import { body, createRoute, createRouter, json, problems, reply } from '../../../http/router.ts'
import { TokenResponse, tokenResponse } from '../../../http/schemas.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { limited } from '../../../middleware/limited.ts'
import { openerOf } from '../../../middleware/opener.ts'
import { setSessionCookie } from '../../../middleware/session-cookie.ts'
import { PasskeyLogin } from './schemas.ts'
import { assertionOptions, logInByPasskey, passkeyUnknown } from './service.ts'

const options = createRoute({
  method: 'post',
  path: '/auth/passkeys/options',
  tags: ['auth'],
  operationId: 'passkeyRequestOptions',
  summary: 'Begin to prove a passkey',
  description:
    'For a log-in without a username, as second factor and for a step-up alike. The answer is the same for everybody, and nothing is stored.',
  responses: { 200: json(RequestOptions, 'The options, and the token of their challenge.') },
  ...problems('passkeys_not_configured'),
})

const logIn = createRoute({
  method: 'post',
  path: '/auth/passkeys/login',
  tags: ['auth'],
  operationId: 'logInByPasskey',
  summary: 'Log in by a passkey',
  description:
    'The passkey says who it is, and stands for two factors, for it has verified its user. Where `errors` names `/credential/id` the passkey was removed, which `PublicKeyCredential.signalUnknownCredential` tells the browser.',
  ...guarded(limited, jsonBody),
  request: body(PasskeyLogin),
  responses: { 200: json(TokenResponse, 'A session was opened, and these are its tokens.') },
  ...problems(
    'challenge_invalid',
    () => passkeyUnknown(),
    'email_not_verified',
    'passkeys_not_configured',
    'service_unavailable',
  ),
})

export const passkeyLoginRouter = createRouter()
  .openapi(options, async (c) => {
    const { options, challengeToken } = await assertionOptions(c.get('deps'))
    const answer = { public_key: options, challenge_token: challengeToken }
    return reply(c, RequestOptions, answer, 200)
  })
  .openapi(logIn, async (c) => {
    const { challenge_token: challengeToken, credential, transport } = c.req.valid('json')
    const offered = { challengeToken, credential }
    const tokens = await logInByPasskey(c.get('deps'), offered, await openerOf(c, transport))
    return reply(c, TokenResponse, tokenResponse(tokens), 200, setSessionCookie(c, tokens))
  })
