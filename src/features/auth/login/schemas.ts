import { jsonObject, Password, UsernameOrEmail } from '../../../http/fields.ts'

export const LoginRequest = jsonObject({
  username_or_email: UsernameOrEmail,
  password: Password,
}).openapi('LoginRequest')
