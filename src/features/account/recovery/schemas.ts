import { EXAMPLE_PERSON, EXAMPLE_TOKEN } from '../../../http/examples.ts'
import {
  Email,
  jsonObject,
  NewPassword,
  OneTimeToken,
  TurnstileToken,
} from '../../../http/fields.ts'

export const ForgotRequest = jsonObject({
  email: Email,
  turnstile_token: TurnstileToken,
}).openapi('ForgotRequest', { example: { email: EXAMPLE_PERSON.email } })

export const ResetRequest = jsonObject({
  token: OneTimeToken,
  new_password: NewPassword,
}).openapi('ResetRequest', {
  // The one of all other examples, which it brings back after the change of the password.
  example: { token: EXAMPLE_TOKEN, new_password: EXAMPLE_PERSON.password },
})
