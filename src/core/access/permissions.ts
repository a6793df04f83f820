/** The closed list of the service's own permissions. All begin with `auth:`; every other text is the application's. */
export const PERMISSIONS = {
  'auth:users:read': 'See users, and search them.',
  'auth:users:create': 'Create users, who choose a password by a mail.',
  'auth:users:update': 'Change the profile of users, and what the application keeps about them.',
  'auth:users:verify': 'Say that the email of a user is verified.',
  'auth:users:disable': 'Disable and enable users. Disabling ends their sessions.',
  'auth:users:reset_password': 'Send users a mail to choose a new password.',
  'auth:users:remove_factors': 'Remove all second factors of users who have lost them.',
  'auth:users:unlink_identities':
    'Take accounts at providers from users, so that they log in by them no longer.',
  'auth:users:delete': 'Delete users.',
  'auth:sessions:read': 'See the sessions of users.',
  'auth:sessions:end': 'End sessions of users.',
  'auth:roles:read': 'See roles and their permissions.',
  'auth:roles:write': 'Create, change and delete roles, with permissions that one has.',
  'auth:roles:grant': 'Grant roles to users and revoke them, where one has their permissions.',
  'auth:invitations:read': 'See the invitations that are not used yet.',
  'auth:invitations:write': 'Issue invitations, and take them back.',
  'auth:audit:read': 'Read the audit trail.',
  'auth:settings:read': 'See the settings of the service, without its secrets.',
} as const

export type Permission = keyof typeof PERMISSIONS

/** What no permission of an application begins with. */
export const OWN_PREFIX = 'auth:'

/** The built-in roles. Nobody deletes them; `admin` has all of the service's permissions, and every account is a `user`. */
export const ADMIN = 'admin'
export const USER = 'user'

/** True for a role that nobody deletes. */
export function isBuiltIn(role: string): boolean {
  return role === ADMIN || role === USER
}

const ROLE_NAME = /^[a-z][a-z0-9_.-]{0,31}$/
const APPLICATION_PERMISSION = /^[a-z][a-z0-9_.-]*(:[a-z0-9_.*-]+)+$/
const MAX_PERMISSION_CHARACTERS = 64

/** True for what the name of a role may be. */
export function isRoleName(text: string): boolean {
  return ROLE_NAME.test(text)
}

/** True for a permission of the service. */
export function isOwnPermission(text: string): text is Permission {
  return Object.hasOwn(PERMISSIONS, text)
}

/** True for what a role may permit: one of the service's list, or a text of an application such as `posts:write`. */
export function isPermission(text: string): boolean {
  if (text.startsWith(OWN_PREFIX)) return isOwnPermission(text)
  return text.length <= MAX_PERMISSION_CHARACTERS && APPLICATION_PERMISSION.test(text)
}

/** Bounds of what a token and an answer must hold. */
export const MAX_ROLES = 100
export const MAX_ROLES_OF_USER = 20
export const MAX_PERMISSIONS_OF_ROLE = 50

/** The roles of a user, and the permissions that they give together; both sorted, each once. */
export type Access = { roles: readonly string[]; permissions: readonly string[] }

/** Reads what the column of `accessOf` (core/access/steps.ts) says: roles by commas, each with its permissions by spaces. */
export function parseAccess(text: string): Access {
  const granted = text.split(',').map((role) => role.split(' '))
  return {
    roles: sorted(granted.map(([name = '']) => name)),
    permissions: sorted(granted.flatMap(([, ...permissions]) => permissions)),
  }
}

function sorted(texts: string[]): string[] {
  return [...new Set(texts)].sort()
}
