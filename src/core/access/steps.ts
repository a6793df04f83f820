import { and, eq, exists, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { literal } from '../../database/params.ts'
import { roles, sessions, userRoles, users } from '../../models/index.ts'
import type { Step } from '../audit/state-change.ts'
import { type CallerParams, isCaller } from '../sessions/predicates.ts'
import { ADMIN, OWN_PREFIX, type Permission, USER } from './permissions.ts'

/** True for the roles that a user has. An array, which is looked up once, where `in` would be for each role. */
const isRoleOf = (userId: SQLWrapper) =>
  sql`${roles.name} = any (array(select ${userRoles.role} from ${userRoles} where ${eq(userRoles.userId, userId)}) || ${literal(USER)})`

/** The roles of a user with their permissions, as one text that `parseAccess` reads. */
export function accessOf(userId: SQLWrapper): SQL<string> {
  return sql<string>`(select coalesce(string_agg(concat_ws(' ', ${roles.name}, nullif(array_to_string(${roles.permissions}, ' '), '')), ','), '') from ${roles} where ${isRoleOf(userId)})`
}

/** The permissions of a user, one a row. */
const permissionsOf = (userId: SQLWrapper) =>
  sql`select unnest(${roles.permissions}) from ${roles} where ${isRoleOf(userId)}`

/**
 * True for a user who is to have a second factor, by what the configuration asks for (`MfaPolicy`): of all, or of whoever
 * has a permission of the service.
 */
export function needsSecondFactor(userId: SQLWrapper, policy: SQLWrapper): SQL<boolean> {
  const isOwn = sql`exists (select from (${permissionsOf(userId)}) as had (permission) where starts_with(had.permission, ${literal(OWN_PREFIX)}))`
  return sql<boolean>`case ${policy} when 'all' then true when 'admins' then ${isOwn} else false end`
}

/** True for a user with this permission. */
export function isPermitted(userId: SQLWrapper, permission: Permission): SQL {
  return sql`${literal(permission)} in (${permissionsOf(userId)})`
}

/**
 * Finds the caller of a route for admins, if the session is live and the permission still there. What it changes hangs on
 * this step, so that nothing is done by whoever lost the permission a moment ago.
 */
export function actorFound(db: Database, p: CallerParams, permission: Permission) {
  return db.$with('actor').as(
    db
      .select({ userId: sessions.userId, sessionId: sessions.id })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(isCaller(p), isPermitted(sessions.userId, permission))),
  )
}

type Actor = Step & { userId: SQLWrapper }

/** True if the actor has all of these permissions of the service. Those of the application anybody may give. */
export function covers(actor: Actor, permissions: SQL): SQL<boolean> {
  // Of a row that changed meanwhile Postgres asks once more, and reads a step again of which an `exists` had read one row:
  // it then finds that row twice.
  const actorId = sql`(select ${actor.userId} from ${actor} limit 1)`
  return sql<boolean>`not exists (
    select from (${permissions}) as wanted (permission)
    where starts_with(wanted.permission, ${literal(OWN_PREFIX)})
      and wanted.permission not in (${permissionsOf(actorId)})
  )`
}

/**
 * Finds the user whom an admin acts on. `isBelow` is false for somebody with permissions of the service that the actor has
 * not: nobody is raised by what they do to others.
 */
export function targetFound(db: Database, actor: Actor, targetId: SQL) {
  return db.$with('target').as(
    db
      .select({
        id: users.id,
        username: users.username,
        email: users.email,
        emailKey: users.emailKey,
        isBelow: covers(actor, permissionsOf(users.id)).as('is_below'),
        isAdmin: isAdmin(users.id).as('is_admin'),
        isDisabled: sql<boolean>`${users.disabledAt} is not null`.as('is_disabled'),
        isVerified: sql<boolean>`${users.emailVerifiedAt} is not null`.as('is_verified'),
        factorCount: sql<number>`${users.factorCount}`.as('seen_factor_count'),
      })
      .from(users)
      .where(and(eq(users.id, targetId), exists(sql`(select from ${actor})`))),
  )
}

/** What an answer tells of who acts and on whom. `refuseActing` reads it. */
export function actingColumns(actor: ReturnType<typeof actorFound>, target: Target) {
  return { actorId: actor.userId, foundId: target.id, isBelow: target.isBelow }
}

export type Target = ReturnType<typeof targetFound>

/** True for a user with the role `admin`, who may log in or not. */
export function isAdmin(userId: SQLWrapper): SQL<boolean> {
  return sql<boolean>`exists (select from ${userRoles} where ${eq(userRoles.userId, userId)} and ${eq(userRoles.role, literal(ADMIN))})`
}
