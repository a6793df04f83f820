import { EXAMPLE_PERSON } from '../../../http/examples.ts'
import { CurrentPassword, jsonObject } from '../../../http/fields.ts'

export const DeletionRequest = jsonObject({ current_password: CurrentPassword }).openapi(
  'DeletionRequest',
  { example: { current_password: EXAMPLE_PERSON.password } },
)
