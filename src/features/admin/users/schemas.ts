import { z } from '@hono/zod-openapi'
import { isRoleName, MAX_ROLES_OF_USER } from '../../../core/access/permissions.ts'
import { documented } from '../../../http/documented.ts'
import { EXAMPLE_ROLE } from '../../../http/examples.ts'
import { Email, jsonObject, trimmed, Username } from '../../../http/fields.ts'
import {
  changesSomething,
  DisplayName,
  dataField,
  Locale,
  NOTHING_CHANGED,
  profileFields,
} from '../../../http/profile-fields.ts'
import { refusal } from '../../../http/validation.ts'

const Roles = documented(
  z
    .array(
      trimmed.refine(isRoleName, refusal('invalid_value', 'There is no such role.')),
      'This must be a list of roles.',
    )
    .max(MAX_ROLES_OF_USER, `Name at most ${MAX_ROLES_OF_USER} roles.`)
    .optional(),
  {
    example: [EXAMPLE_ROLE],
    description:
      'Roles besides the one that everybody has. They need the permission to grant them.',
  },
)

/** Somebody new in the examples. */
const EXAMPLE = { username: 'ada.lovelace', email: 'ada.lovelace@example.org' }

export const UserCreation = jsonObject({
  username: Username,
  email: Email,
  display_name: DisplayName,
  locale: Locale,
  roles: Roles,
}).openapi('UserCreation', { example: EXAMPLE })

export const UserChange = jsonObject({
  username: Username.optional(),
  ...profileFields(),
  app_data: dataField('What the application keeps about the user, who reads it.'),
})
  .refine(changesSomething, NOTHING_CHANGED)
  .openapi('UserChange', { example: { app_data: { plan: 'pro' } } })
