import { EXAMPLE_TOKEN } from '../../../http/examples.ts'
import { Email, jsonObject, OneTimeToken } from '../../../http/fields.ts'

export const VerificationRequest = jsonObject({ email: Email.optional() }).openapi(
  'VerificationRequest',
)

export const VerifyRequest = jsonObject({ token: OneTimeToken }).openapi('VerifyRequest', {
  example: { token: EXAMPLE_TOKEN },
})
