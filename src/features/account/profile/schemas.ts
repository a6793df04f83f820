import { EXAMPLE_PERSON } from '../../../http/examples.ts'
import { jsonObject, Username } from '../../../http/fields.ts'
import {
  changesSomething,
  dataField,
  NOTHING_CHANGED,
  profileFields,
} from '../../../http/profile-fields.ts'

export const ProfileChange = jsonObject({
  username: Username.optional(),
  ...profileFields(),
  user_data: dataField('What the app keeps about the user by their log-in.'),
})
  .refine(changesSomething, NOTHING_CHANGED)
  .openapi('ProfileChange', { example: { username: EXAMPLE_PERSON.username } })
