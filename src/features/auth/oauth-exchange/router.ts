import { emailKept } from '../../../core/federation/refusals.ts'
import { AppError } from '../../../errors.ts'
import { identityResponse } from '../../../http/identity-list.ts'
import { mfaRequired } from '../../../http/mfa.ts'
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
import { callerOf, TOKEN_PROBLEMS } from '../../../middleware/caller.ts'
import { flowCookie } from '../../../middleware/flow-cookie.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { limited } from '../../../middleware/limited.ts'
import { openerOf } from '../../../middleware/opener.ts'
import { setSessionCookie } from '../../../middleware/session-cookie.ts'
import { ExchangeResponse, OAuthExchange } from './schemas.ts'
import { exchange, openedCode } from './service.ts'

/** For the document alone: the token is one of the examples' form. */
const accountExists = () =>
  new AppError('account_exists', {
    link: { token: 'q83vEjRW.5vY3m1oGkq0bJx4t.VwZcR8nLh2sUdPfKyAeQ7iXgTjM', expiresInSeconds: 600 },
  })

const exchangeRoute = createRoute({
  method: 'post',
  path: '/auth/oauth/exchange',
  tags: ['auth'],
  operationId: 'exchangeOAuthCode',
  summary: 'End a sign-in at a provider',
  description:
    'With the cookie of the browser that began it (`credentials: "include"`). It logs in whose account at the provider is known, and signs up whose email is new and vouched for by the provider. `account_exists` has a `link_token`: after a log-in it goes to `POST /auth/identities`. A sign-in that was begun to link or to prove oneself once more needs the access token of the same session.',
  ...guarded(limited, jsonBody, flowCookie),
  security: [{}, { access_token: [] }],
  request: body(OAuthExchange),
  responses: {
    200: json(
      ExchangeResponse,
      'A session was opened or raised, and these are its tokens; or a second factor is needed, which `mfa_required` says; or an account at a provider was linked.',
    ),
  },
  ...problems(
    'oauth_code_invalid',
    'one_time_token_invalid',
    ...TOKEN_PROBLEMS,
    'account_disabled',
    'email_not_verified',
    'identity_mismatch',
    'provider_email_unverified',
    'signup_closed',
    accountExists,
    emailKept,
    'identity_taken',
    'too_many_identities',
    refusedBody(OAuthExchange, { code: '' }),
    'overloaded',
  ),
})

export const oauthExchangeRouter = createRouter().openapi(exchangeRoute, async (c) => {
  const { code, invitation, transport } = c.req.valid('json')
  const [deps, flows] = [c.get('deps'), c.get('flows')]
  const opener = await openerOf(c, transport)
  const opened = await openedCode(deps, code, flows.secrets)
  const actor = opened.claims.intent === 'login' ? undefined : await callerOf(c)
  // A link token that comes of it needs the cookie as long as it works.
  flows.goOn()
  const outcome = await exchange(deps, { opened, invitation, actor }, opener)
  flows.end(opened.secret)
  if ('linked' in outcome) {
    return reply(c, ExchangeResponse, { linked: identityResponse(deps, outcome.linked) }, 200)
  }
  if ('mfaToken' in outcome) return reply(c, ExchangeResponse, mfaRequired(outcome), 200)
  return reply(c, ExchangeResponse, tokenResponse(outcome), 200, setSessionCookie(c, outcome))
})
