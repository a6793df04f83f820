import { currentPasswordWrong } from '../../../core/accounts/own-account.ts'
import { sessionOf } from '../../../core/sessions/authenticate.ts'
import { offeredFactor } from '../../../http/mfa.ts'
import { body, createRoute, createRouter, json, problems, reply } from '../../../http/router.ts'
import { TokenResponse, tokenResponse } from '../../../http/schemas.ts'
import { currentUser } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { requesterOf } from '../../../middleware/language.ts'
import { limited } from '../../../middleware/limited.ts'
import { setSessionCookie } from '../../../middleware/session-cookie.ts'
import { ReauthRequest } from './schemas.ts'
import { reauthenticateByFactor, reauthenticateByPassword } from './service.ts'

const reauth = createRoute({
  method: 'post',
  path: '/auth/reauth',
  tags: ['auth'],
  operationId: 'reauth',
  summary: 'Prove once more who you are',
  description:
    'After `step_up_required`. The session goes on at what was proven, and these are its tokens; those of before can be refreshed for a few seconds, as after a refresh. A user with second factors needs one of them, for the password alone opens nothing that asks for a fresh proof.',
  ...guarded(currentUser, limited, jsonBody),
  request: body(ReauthRequest),
  responses: {
    200: json(TokenResponse, 'Tokens of the same session.'),
  },
  ...problems(currentPasswordWrong, 'factor_refused', 'overloaded', 'service_unavailable'),
})

export const reauthRouter = createRouter().openapi(reauth, async (c) => {
  const { password, ...factor } = c.req.valid('json')
  const [deps, caller] = [c.get('deps'), sessionOf(c.get('actor'))]
  const tokens =
    password === undefined
      ? await reauthenticateByFactor(deps, caller, offeredFactor(factor), requesterOf(c))
      : await reauthenticateByPassword(deps, caller, { password, signal: c.req.raw.signal })
  return reply(c, TokenResponse, tokenResponse(tokens), 200, setSessionCookie(c, tokens))
})
