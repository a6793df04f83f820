import { jsonObject, NewPassword, Password } from '../../../http/fields.ts'

export const PasswordChange = jsonObject({
  current_password: Password,
  new_password: NewPassword,
}).openapi('PasswordChange')
