import { z } from '@hono/zod-openapi'
import {
  isBuiltIn,
  isPermission,
  isRoleName,
  MAX_PERMISSIONS_OF_ROLE,
  PERMISSIONS,
} from '../../../core/access/permissions.ts'
import { documented } from '../../../http/documented.ts'
import { EXAMPLE_ROLE } from '../../../http/examples.ts'
import { jsonObject, trimmed } from '../../../http/fields.ts'
import { changesSomething, NOTHING_CHANGED } from '../../../http/profile-fields.ts'
import { instantField, roleInPath, type WireForm } from '../../../http/schemas.ts'
import { REQUIRED, refusal } from '../../../http/validation.ts'
import { once } from '../../../utils/once.ts'
import { visible } from '../../../utils/visible.ts'
import type { Role } from './service.ts'

const MAX_DESCRIPTION_CHARACTERS = 200
const EXAMPLE_PERMISSIONS = ['posts:write']

export const RolePath = z.object({ name: roleInPath('name') })

const Name = documented(
  trimmed.refine(
    isRoleName,
    refusal(
      'invalid_format',
      'Use 1 to 32 lower-case letters, digits, dots, hyphens or underscores, and begin with a letter.',
    ),
  ),
  {
    type: 'string',
    minLength: 1,
    maxLength: 32,
    example: EXAMPLE_ROLE,
    description: 'It never changes, because tokens and other services know it.',
  },
)

const Description = documented(
  trimmed
    .max(MAX_DESCRIPTION_CHARACTERS, `Use at most ${MAX_DESCRIPTION_CHARACTERS} characters.`)
    .refine((text) => visible(text) === text, 'Use characters that can be seen.'),
  { maxLength: MAX_DESCRIPTION_CHARACTERS, example: 'Writes and publishes posts.' },
)

const Permissions = documented(
  z
    .array(
      documented(
        trimmed.refine(
          isPermission,
          refusal(
            'invalid_value',
            'Use a permission of the service, or one of your own such as posts:write: at most 64 lower-case letters, digits and _ . - * in parts joined by colons, not beginning with auth:.',
          ),
        ),
        { type: 'string', minLength: 3, maxLength: 64 },
      ),
      {
        error: (issue) => (issue.input === undefined ? REQUIRED : 'This must be a list of texts.'),
      },
    )
    .max(MAX_PERMISSIONS_OF_ROLE, `Use at most ${MAX_PERMISSIONS_OF_ROLE} permissions.`),
  {
    example: EXAMPLE_PERMISSIONS,
    description:
      "Permissions of the service (`GET /admin/permissions`) that you have yourself, and the application's own.",
  },
)

export const RoleCreation = jsonObject({
  name: Name,
  description: Description.default(''),
  permissions: Permissions,
}).openapi('RoleCreation', {
  example: {
    name: EXAMPLE_ROLE,
    description: 'Writes and publishes posts.',
    permissions: EXAMPLE_PERMISSIONS,
  },
})

export const RoleChange = jsonObject({
  description: Description.optional(),
  permissions: Permissions.optional(),
})
  .refine(changesSomething, NOTHING_CHANGED)
  .openapi('RoleChange', { example: { permissions: EXAMPLE_PERMISSIONS } })

export const RoleResponse = once(() =>
  z
    .object({
      name: documented(z.string(), { example: EXAMPLE_ROLE }),
      description: documented(z.string(), { example: 'Writes and publishes posts.' }),
      permissions: documented(z.array(z.string()), { example: EXAMPLE_PERMISSIONS }),
      built_in: documented(z.boolean(), {
        example: false,
        description: 'True for `admin` and `user`, which cannot be deleted.',
      }),
      created_at: instantField(),
      updated_at: instantField(),
    })
    .openapi('Role'),
)

export const RoleList = once(() => z.object({ roles: z.array(RoleResponse()) }).openapi('RoleList'))

/** The wire form of a role. */
export function roleResponse(role: Role): WireForm<typeof RoleResponse> {
  const { name, description, permissions } = role
  return {
    ...{ name, description, permissions, built_in: isBuiltIn(name) },
    created_at: role.createdAt.toISOString(),
    updated_at: role.updatedAt.toISOString(),
  }
}

export const PermissionList = once(() =>
  z
    .object({
      permissions: z.array(
        z.object({
          name: documented(z.string(), { example: 'auth:users:read' }),
          description: documented(z.string(), { example: PERMISSIONS['auth:users:read'] }),
        }),
      ),
    })
    .openapi('PermissionList'),
)

/** The wire form of the service's own permissions. */
export function permissionList(): WireForm<typeof PermissionList> {
  return {
    permissions: Object.entries(PERMISSIONS).map(([name, description]) => ({ name, description })),
  }
}
