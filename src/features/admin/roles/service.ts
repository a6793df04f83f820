import { untilUnchanged } from '../../../core/access/acting.ts'
import { noSuchRole, refuseNoRole, roleAbove } from '../../../core/access/grant.ts'
import {
  ADMIN,
  isBuiltIn,
  isOwnPermission,
  MAX_ROLES,
  PERMISSIONS,
  USER,
} from '../../../core/access/permissions.ts'
import { happened } from '../../../core/audit/state-change.ts'
import type { SessionRef } from '../../../core/sessions/session.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import { deleteRole, insertRole, selectRoles, updateRole } from './repository.ts'

export type Role = {
  name: string
  description: string
  permissions: string[]
  createdAt: Date
  updatedAt: Date
}

/** A role of a row, whose permissions are one text. */
type Row = Omit<Role, 'permissions'> & { permissions: string }

/** Returns all roles, by name. */
export async function listRoles({ db }: Deps): Promise<Role[]> {
  return (await selectRoles(db, { role: null })).map(roleOf)
}

/** Returns a role. Throws `not_found`. */
export async function findRole({ db }: Deps, name: string): Promise<Role> {
  refuseNoRole(name)
  const [found] = await selectRoles(db, { role: name })
  if (!found) throw noSuchRole()
  return roleOf(found)
}

/**
 * Creates a role. Throws `permission_denied` for permissions that the actor has not, `already_taken`, and
 * `validation_failed` where there are as many roles as there may be.
 */
export async function createRole(
  deps: Deps,
  { userId, sessionId }: SessionRef,
  role: Pick<Role, 'name' | 'description' | 'permissions'>,
): Promise<Role> {
  const { name, description, permissions } = role
  const values = { userId, sessionId, role: name, description, permissions: textOf(permissions) }
  const outcome = await insertRole(deps, values)
  if (happened(outcome)) return roleOf(outcome)
  if (outcome.actorId === null) throw new AppError('permission_denied')
  if (!outcome.isCovered) throw permissionsAbove()
  if (!outcome.hasRoom) throw refused('/name', `There are ${MAX_ROLES} roles, and no more.`)
  throw nameTaken()
}

type Change = { description?: string | undefined; permissions?: string[] | undefined }

/**
 * Changes what a role permits, or how it is described; the next request of everybody who has it goes by that. Throws
 * `permission_denied` for permissions that the actor has not, be they given or taken away.
 */
export async function changeRole(
  deps: Deps,
  { userId, sessionId }: SessionRef,
  name: string,
  { description, permissions }: Change,
): Promise<Role> {
  refuseNoRole(name)
  if (permissions) refuseBuiltIn(name, permissions)
  return untilUnchanged(async () => {
    const outcome = await updateRole(deps, {
      ...{ userId, sessionId, role: name, description: description ?? null },
      permissions: permissions ? textOf(permissions) : null,
    })
    if (happened(outcome)) return roleOf(outcome)
    refuseWriting(outcome)
    if (!outcome.mayGive) throw permissionsAbove()
    return undefined
  })
}

/** Deletes a role. Throws `permission_denied` for a built-in one, and for one with permissions that the actor has not. */
export async function removeRole(
  deps: Deps,
  { userId, sessionId }: SessionRef,
  name: string,
): Promise<void> {
  refuseNoRole(name)
  if (isBuiltIn(name)) throw builtIn()
  await untilUnchanged(async () => {
    const outcome = await deleteRole(deps, { userId, sessionId, role: name })
    if (happened(outcome)) return outcome
    refuseWriting(outcome)
    return undefined
  })
}

type Writing = { actorId: string | null; foundName: string | null; isCovered: boolean | null }

function refuseWriting({ actorId, foundName, isCovered }: Writing): void {
  if (actorId === null) throw new AppError('permission_denied')
  if (foundName === null) throw noSuchRole()
  if (!isCovered) throw roleAbove()
}

/** Throws `validation_failed` where a built-in role would get or lose permissions of the service. */
function refuseBuiltIn(name: string, permissions: readonly string[]): void {
  const all = Object.keys(PERMISSIONS)
  if (name === ADMIN && !all.every((own) => permissions.includes(own))) {
    throw refused('/permissions', 'This role has all permissions of the service.')
  }
  if (name === USER && permissions.some(isOwnPermission)) {
    throw refused('/permissions', 'What everybody has permits nothing of the service.')
  }
}

function refused(pointer: string, detail: string): AppError {
  return new AppError('validation_failed', { errors: [{ pointer, code: 'invalid_value', detail }] })
}

/** The refusal to delete what the service itself needs. */
export function builtIn(): AppError {
  return new AppError('permission_denied', { detail: 'This role is built in, and stays.' })
}

/** The refusal to put permissions into a role that the actor has not. */
export function permissionsAbove(): AppError {
  return new AppError('permission_denied', {
    detail: 'You cannot give permissions that you do not have.',
  })
}

/** The refusal of a name that another role has. */
export function nameTaken(): AppError {
  const detail = 'There is a role with this name.'
  return new AppError('already_taken', {
    detail,
    errors: [{ pointer: '/name', code: 'already_taken', detail }],
  })
}

/** Sorted, and each once. */
function textOf(permissions: readonly string[]): string {
  return [...new Set(permissions)].sort().join(' ')
}

function roleOf({ name, description, permissions, createdAt, updatedAt }: Row): Role {
  const list = permissions === '' ? [] : permissions.split(' ').sort()
  return { name, description, permissions: list, createdAt, updatedAt }
}
