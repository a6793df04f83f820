import { sql } from 'drizzle-orm'
import { AppError } from '../../errors.ts'
import { stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import { providerIds } from '../federation/unlink.ts'
import type { SessionRef } from '../sessions/session.ts'
import { refuseActing, refuseNoId, untilUnchanged } from './acting.ts'
import { ADMINS_PARAMS } from './change-steps.ts'
import { isRoleName, MAX_ROLES_OF_USER, USER } from './permissions.ts'
import { roleFoundBy, roleGranted, roleRevoked } from './role-steps.ts'
import { actingColumns, actorFound, targetFound } from './steps.ts'

const PARAMS = { sessionId: 'uuid', userId: 'uuid', targetId: 'uuid', role: 'text' } as const

const grantAsAdmin = stateChange({
  name: 'grant_role_as_admin',
  params: PARAMS,
  change(db, p) {
    const actor = actorFound(db, p, 'auth:roles:grant')
    const target = targetFound(db, actor, p.targetId)
    const role = roleFoundBy(db, actor, p.role)
    const { steps, had, changed, granted } = roleGranted(db, {
      ...{ target, userId: p.targetId, role, name: p.role },
      when: sql`${target.isBelow} and (select ${role.isCovered} from ${role})`,
    })
    return {
      steps: [actor, target, role, ...steps],
      records: {
        event: 'role_granted',
        of: granted,
        subject: granted.userId,
        ...{ actor: p.userId, session: p.sessionId },
        details: { role: granted.role },
      },
      answers: {
        from: [actor, target, role, had, changed],
        columns: {
          ...actingColumns(actor, target),
          ...{ role: role.name, isCovered: role.isCovered },
          ...{ hasRole: had.hasRole, roleCount: had.count, changedId: changed.id },
        },
      },
    }
  },
})

const revokeAsAdmin = stateChange({
  name: 'revoke_role_as_admin',
  params: { ...PARAMS, ...ADMINS_PARAMS },
  change(db, p) {
    const actor = actorFound(db, p, 'auth:roles:grant')
    const target = targetFound(db, actor, p.targetId)
    const role = roleFoundBy(db, actor, p.role)
    const { steps, had, changed, revoked, isKept } = roleRevoked(db, {
      ...{ target, userId: p.targetId, role, name: p.role, providers: p.providers },
      when: sql`${target.isBelow}`,
    })
    return {
      steps: [actor, target, role, ...steps],
      records: {
        event: 'role_revoked',
        of: revoked,
        subject: revoked.userId,
        ...{ actor: p.userId, session: p.sessionId },
        details: { role: revoked.role },
      },
      answers: {
        from: [actor, target, role, had, changed],
        columns: {
          ...actingColumns(actor, target),
          ...{ role: role.name, hasRole: had.hasRole, changedId: changed.id, isKept },
        },
      },
    }
  },
})

type Wanted = { targetId: string; role: string }

/**
 * Grants a role, which the next request of the user has; does nothing where it is granted already. Throws
 * `permission_denied` for a user or a role with permissions that the actor has not.
 */
export async function grantRole(
  deps: CoreDeps,
  { userId, sessionId }: SessionRef,
  { targetId, role }: Wanted,
): Promise<void> {
  refuseNoId(targetId)
  refuseNoRole(role)
  refuseEverybodys(role)
  await untilUnchanged(async () => {
    const outcome = await grantAsAdmin(deps, { userId, sessionId, targetId, role })
    refuseActing(outcome)
    if (outcome.role === null) throw noSuchRole()
    if (!outcome.isCovered) throw roleAbove()
    const isDone = outcome.hasRole || outcome.changedId !== null
    if (!isDone) refuseMore(outcome.roleCount)
    return isDone ? outcome : undefined
  })
}

/**
 * Revokes a role, which the next request of the user has not; does nothing where the user has it not. Throws
 * `permission_denied` for a user with permissions that the actor has not, and `last_admin`.
 */
export async function revokeRole(
  deps: CoreDeps,
  { userId, sessionId }: SessionRef,
  { targetId, role }: Wanted,
): Promise<void> {
  refuseNoId(targetId)
  refuseNoRole(role)
  refuseEverybodys(role)
  await untilUnchanged(async () => {
    const values = { userId, sessionId, targetId, role, providers: providerIds(deps) }
    const outcome = await revokeAsAdmin(deps, values)
    refuseActing(outcome)
    if (outcome.role === null) throw noSuchRole()
    if (!outcome.hasRole || outcome.changedId !== null) return outcome
    if (outcome.isKept) throw new AppError('last_admin')
    return undefined
  })
}

/** Throws `validation_failed` for the role that everybody has, which nobody is granted or loses. */
export function refuseEverybodys(role: string): void {
  if (role === USER) throw everybodys()
}

/** The refusal to grant or revoke the role that everybody has. */
export function everybodys(): AppError {
  return refusedRole('Everybody has this role.')
}

/** Throws `validation_failed` if a user has as many roles as there may be. */
export function refuseMore(roleCount: number | null): void {
  if ((roleCount ?? 0) < MAX_ROLES_OF_USER) return
  throw refusedRole(`A user has at most ${MAX_ROLES_OF_USER} roles.`)
}

function refusedRole(detail: string): AppError {
  return new AppError('validation_failed', {
    errors: [{ pointer: '/role', code: 'invalid_value', detail }],
  })
}

/** Throws `not_found` for what is the name of no role. */
export function refuseNoRole(name: string): void {
  if (!isRoleName(name)) throw noSuchRole()
}

/** The refusal of a role that does not exist. */
export function noSuchRole(): AppError {
  return new AppError('not_found', { detail: 'There is no such role.' })
}

/** The refusal to give, change or delete what has permissions that the actor has not. */
export function roleAbove(): AppError {
  return new AppError('permission_denied', {
    detail: 'This role has permissions that you do not have.',
  })
}
