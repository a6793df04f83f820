import { asc, eq, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { literal } from '../../database/params.ts'
import { read } from '../../database/read.ts'
import { AppError } from '../../errors.ts'
import { userRoles, users } from '../../models/index.ts'
import { identifierKey } from '../../utils/identifiers.ts'
import { noSuchUser } from '../accounts/find-account.ts'
import { hasCredential } from '../accounts/predicates.ts'
import { stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import { factorsRemoved } from '../factors/removal-steps.ts'
import { untilUnchanged } from './acting.ts'
import { noSuchRole, refuseEverybodys, refuseMore, refuseNoRole } from './grant.ts'
import { ADMIN } from './permissions.ts'
import { roleFound, roleGranted, roleRevoked } from './role-steps.ts'
import { isAdmin } from './steps.ts'

const selectUserId = read({
  name: 'select_user_id',
  params: { key: 'text' },
  find: (db, p) =>
    db
      .select({ id: users.id })
      .from(users)
      .where(or(eq(users.usernameKey, p.key), eq(users.emailKey, p.key))),
})

/** An operator's machine need not know which providers the service is configured with. */
const ANY_PROVIDER = sql`null::text`

/** More than anybody has, for an answer must end. */
const MOST_ADMINS = 1000

const selectAdmins = read({
  name: 'select_admins',
  params: { limit: 'int' },
  find: (db, p) =>
    db
      .select({
        id: users.id,
        username: users.username,
        email: users.email,
        isDisabled: sql<boolean>`${users.disabledAt} is not null`.as('is_disabled'),
        canLogIn: hasCredential(users.id, { providers: ANY_PROVIDER }).as('can_log_in'),
      })
      .from(userRoles)
      .innerJoin(users, eq(users.id, userRoles.userId))
      .where(eq(userRoles.role, literal(ADMIN)))
      .limit(p.limit as never),
  order: ({ id }) => [asc(id)],
})

const PARAMS = { targetId: 'uuid', role: 'text' } as const

function userFound(db: Database, targetId: SQL) {
  return db.$with('target').as(
    db
      .select({
        id: users.id,
        isAdmin: isAdmin(users.id).as('is_admin'),
        factorCount: sql<number>`${users.factorCount}`.as('seen_factor_count'),
      })
      .from(users)
      .where(eq(users.id, targetId)),
  )
}

/** Nobody who has a session. */
const OPERATOR = { actor: null } as const
const byOperator = { by: literal('operator') }

const grantAsOperator = stateChange({
  name: 'grant_role_as_operator',
  params: PARAMS,
  change(db, p) {
    const target = userFound(db, p.targetId)
    const role = roleFound(db, p.role)
    const of = { target, userId: p.targetId, role, name: p.role, when: undefined }
    const { steps, had, changed, granted } = roleGranted(db, of)
    return {
      steps: [target, role, ...steps],
      records: {
        ...{ event: 'role_granted', of: granted, subject: granted.userId, ...OPERATOR },
        details: { role: granted.role, ...byOperator },
      },
      answers: {
        from: [target, role, had, changed],
        columns: {
          ...{ foundId: target.id, role: role.name },
          ...{ hasRole: had.hasRole, roleCount: had.count, changedId: changed.id },
        },
      },
    }
  },
})

const revokeAsOperator = stateChange({
  name: 'revoke_role_as_operator',
  params: PARAMS,
  change(db, p) {
    const target = userFound(db, p.targetId)
    const role = roleFound(db, p.role)
    const named = { target, userId: p.targetId, role, name: p.role }
    const of = { ...named, when: undefined, providers: ANY_PROVIDER }
    const { steps, had, changed, revoked, isKept } = roleRevoked(db, of)
    return {
      steps: [target, role, ...steps],
      records: {
        ...{ event: 'role_revoked', of: revoked, subject: revoked.userId, ...OPERATOR },
        details: { role: revoked.role, ...byOperator },
      },
      answers: {
        from: [target, role, had, changed],
        columns: {
          ...{ foundId: target.id, role: role.name, isKept },
          ...{ hasRole: had.hasRole, changedId: changed.id },
        },
      },
    }
  },
})

const removeFactorsAsOperator = stateChange({
  name: 'remove_factors_as_operator',
  params: { targetId: 'uuid' },
  change(db, p) {
    const target = userFound(db, p.targetId)
    const { steps, changed } = factorsRemoved(db, target, undefined)
    return {
      steps: [target, ...steps],
      records: {
        ...{ event: 'factors_removed', of: changed, subject: changed.id, ...OPERATOR },
        details: byOperator,
      },
      answers: {
        from: [target, changed],
        columns: {
          foundId: target.id,
          hadNone: sql<boolean>`${target.factorCount} = 0`,
          changedId: changed.id,
        },
      },
    }
  },
})

type Deps = Pick<CoreDeps, 'db' | 'origin'>

/** Whether a user had the role before. */
type Result = { hadRole: boolean }

/** Returns the id of the user with this username or email. Throws `not_found`. */
export async function userIdOf({ db }: Deps, identifier: string): Promise<string> {
  const [found] = await selectUserId(db, { key: identifierKey(identifier) })
  if (!found) throw noSuchUser()
  return found.id
}

/** Returns the admins, those who are disabled too. */
export function listAdmins({ db }: Deps) {
  return selectAdmins(db, { limit: MOST_ADMINS })
}

/** Grants a role in the operator's name, who needs no permission. */
export async function grantAsOperatorTo(
  deps: Deps,
  targetId: string,
  role: string,
): Promise<Result> {
  refuseNoRole(role)
  refuseEverybodys(role)
  return untilUnchanged(async () => {
    const outcome = await grantAsOperator(deps, { targetId, role })
    if (outcome.foundId === null) throw noSuchUser()
    if (outcome.role === null) throw noSuchRole()
    if (outcome.hasRole) return { hadRole: true }
    if (outcome.changedId !== null) return { hadRole: false }
    refuseMore(outcome.roleCount)
    return undefined
  })
}

/** Revokes a role in the operator's name. Throws `last_admin`. */
export async function revokeAsOperatorFrom(
  deps: Deps,
  targetId: string,
  role: string,
): Promise<Result> {
  refuseNoRole(role)
  refuseEverybodys(role)
  return untilUnchanged(async () => {
    const outcome = await revokeAsOperator(deps, { targetId, role })
    if (outcome.foundId === null) throw noSuchUser()
    if (outcome.role === null) throw noSuchRole()
    if (!outcome.hasRole) return { hadRole: false }
    if (outcome.changedId !== null) return { hadRole: true }
    if (outcome.isKept) throw new AppError('last_admin')
    return undefined
  })
}

/** Removes all second factors of a user in the operator's name, and ends all sessions. Tells whether there were any. */
export async function removeFactorsAsOperatorOf(
  deps: Deps,
  targetId: string,
): Promise<{ hadFactors: boolean }> {
  return untilUnchanged(async () => {
    const outcome = await removeFactorsAsOperator(deps, { targetId })
    if (outcome.foundId === null) throw noSuchUser()
    if (outcome.hadNone) return { hadFactors: false }
    return outcome.changedId === null ? undefined : { hadFactors: true }
  })
}
