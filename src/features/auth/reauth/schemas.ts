import { EXAMPLE_PERSON } from '../../../http/examples.ts'
import { jsonObject, Password } from '../../../http/fields.ts'
import { exactlyOne, FACTOR_FIELDS, FACTOR_NAMES } from '../../../http/mfa.ts'

export const ReauthRequest = exactlyOne(
  jsonObject({ password: Password.optional(), ...FACTOR_FIELDS }),
  ['password', ...FACTOR_NAMES],
).openapi('ReauthRequest', {
  description: 'Exactly one of them.',
  example: { password: EXAMPLE_PERSON.password },
})
