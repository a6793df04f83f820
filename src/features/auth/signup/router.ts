import { alreadyTaken } from '../../../core/accounts/already-taken.ts'
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
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { requesterOf } from '../../../middleware/language.ts'
import { limited } from '../../../middleware/limited.ts'
import { SignupPending, SignupRequest } from './schemas.ts'
import { signup } from './service.ts'

const signupRoute = createRoute({
  method: 'post',
  path: '/auth/signup',
  tags: ['auth'],
  operationId: 'signup',
  summary: 'Create an account',
  ...guarded(limited, jsonBody),
  request: body(SignupRequest),
  description:
    'A mail with a link to verify the email follows. Where that is required (REQUIRE_VERIFIED_EMAIL), the answer is always 202 and does not tell what is taken: the mail does. `invitation` is needed where sign-up is by invitation (SIGNUP=invite), `turnstile_token` where people are told from programs (TURNSTILE_SECRET_KEY).',
  responses: {
    201: json(User, 'The account was created.'),
    202: json(
      SignupPending,
      'A mail tells how to go on. Only where an email must be verified first.',
    ),
  },
  ...problems(
    'one_time_token_invalid',
    'signup_closed',
    () => alreadyTaken({ username: false, email: true }),
    refusedBody(SignupRequest, { username: 'grace hopper', email: 'grace', password: 'horse' }),
    'overloaded',
    'service_unavailable',
  ),
})

export const signupRouter = createRouter().openapi(signupRoute, async (c) => {
  const { turnstile_token: challengeToken, ...identity } = c.req.valid('json')
  const wanted = { invitation: undefined, ...identity, challengeToken }
  const account = await signup(c.get('deps'), wanted, requesterOf(c), c.req.raw.signal)
  if (account) return reply(c, User, userResponse(account), 201)
  return reply(c, SignupPending, { verification_required: true }, 202)
})
