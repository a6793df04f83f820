import { EXAMPLE_PERSON } from '../../../http/examples.ts'
import { CurrentPassword, jsonObject, NewPassword } from '../../../http/fields.ts'

export const PasswordChange = jsonObject({
  current_password: CurrentPassword,
  new_password: NewPassword,
}).openapi('PasswordChange', {
  example: {
    current_password: EXAMPLE_PERSON.password,
    new_password: 'another horse, another battery',
  },
})
