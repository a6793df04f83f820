import { Email, jsonObject, NewPassword, Username } from '../../../http/fields.ts'

export const SignupRequest = jsonObject({
  username: Username,
  email: Email,
  password: NewPassword,
}).openapi('SignupRequest')
