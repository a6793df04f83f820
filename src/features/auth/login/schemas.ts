import { EXAMPLE_PERSON } from '../../../http/examples.ts'
import {
  jsonObject,
  Password,
  TransportField,
  TurnstileToken,
  UsernameOrEmail,
} from '../../../http/fields.ts'

export const LoginRequest = jsonObject({
  username_or_email: UsernameOrEmail,
  password: Password,
  turnstile_token: TurnstileToken,
  transport: TransportField,
}).openapi('LoginRequest', {
  example: { username_or_email: EXAMPLE_PERSON.email, password: EXAMPLE_PERSON.password },
})
