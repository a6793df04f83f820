import { verifyEmail } from '../../../core/accounts/verify-email.ts'
import {
  body,
  createRoute,
  createRouter,
  empty,
  optionalBody,
  problems,
  refusedBody,
  replyAccepted,
  replyEmpty,
} from '../../../http/router.ts'
import { callerOf, TOKEN_PROBLEMS } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody, optionalJsonBody } from '../../../middleware/json-body.ts'
import { requesterOf } from '../../../middleware/language.ts'
import { limited } from '../../../middleware/limited.ts'
import { VerificationRequest, VerifyRequest } from './schemas.ts'
import { requestVerification } from './service.ts'

const request = createRoute({
  method: 'post',
  path: '/auth/email/verification',
  tags: ['account'],
  operationId: 'requestVerification',
  summary: 'Have another link mailed to verify an email',
  description:
    'The answer is the same whether there is an account with this email, verified or not. The link before it works no longer. Without `email` the access token says whose is meant.',
  ...guarded(limited, optionalJsonBody),
  security: [{ access_token: [] }, {}],
  request: optionalBody(VerificationRequest),
  responses: {
    202: empty('If there is an account whose email is not verified, its owner gets a mail.'),
  },
  ...problems(
    refusedBody(VerificationRequest, { email: 'grace' }),
    ...TOKEN_PROBLEMS,
    'mail_not_configured',
  ),
})

const verify = createRoute({
  method: 'post',
  path: '/auth/email/verify',
  tags: ['account'],
  operationId: 'verifyEmail',
  summary: 'Verify an email by the link of a mail',
  description: 'Works once, on any device, with no log-in.',
  ...guarded(jsonBody),
  request: body(VerifyRequest),
  responses: {
    204: empty('The email is verified.'),
  },
  ...problems('one_time_token_invalid', 'service_unavailable'),
})

export const verificationRouter = createRouter()
  .openapi(request, async (c) => {
    const email = c.req.valid('json').email ?? (await callerOf(c)).email
    await requestVerification(c.get('deps'), email, requesterOf(c))
    return replyAccepted(c)
  })
  .openapi(verify, async (c) => {
    await verifyEmail(c.get('deps'), c.req.valid('json').token)
    return replyEmpty(c)
  })
