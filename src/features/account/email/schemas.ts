import { EXAMPLE_PERSON, EXAMPLE_TOKEN } from '../../../http/examples.ts'
import { CurrentPassword, Email, jsonObject, OneTimeToken } from '../../../http/fields.ts'

export const EmailChange = jsonObject({
  new_email: Email,
  current_password: CurrentPassword,
}).openapi('EmailChange', {
  example: { new_email: 'grace.hopper@example.org', current_password: EXAMPLE_PERSON.password },
})

export const ConfirmRequest = jsonObject({ token: OneTimeToken }).openapi('ConfirmRequest', {
  example: { token: EXAMPLE_TOKEN },
})

export const UndoRequest = jsonObject({ token: OneTimeToken }).openapi('UndoRequest', {
  example: { token: EXAMPLE_TOKEN },
})
