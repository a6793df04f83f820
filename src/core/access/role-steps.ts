import { and, eq, exists, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { literal } from '../../database/params.ts'
import { roles, userRoles } from '../../models/index.ts'
import type { Step } from '../audit/state-change.ts'
import { adminsHeld, userChanged } from './change-steps.ts'
import { ADMIN, MAX_ROLES_OF_USER } from './permissions.ts'
import { type actorFound, covers } from './steps.ts'

type Actor = ReturnType<typeof actorFound>
type Target = Step & { id: SQLWrapper; isAdmin: SQLWrapper }
type Role = Step & { name: SQLWrapper }

/** The permissions of the role in the row that the statement looks at, one a row. */
export const rolePermissions = (): SQL => sql`select unnest(${roles.permissions})`

/** Finds a role to grant, and keeps it from being deleted until the statement ends. */
export function roleFound(db: Database, name: SQL) {
  return db
    .$with('role')
    .as(db.select({ name: roles.name }).from(roles).where(eq(roles.name, name)).for('key share'))
}

/** The same, for an actor. `isCovered` is true if the actor has all permissions of the role. */
export function roleFoundBy(db: Database, actor: Actor, name: SQL) {
  return db.$with('role').as(
    db
      .select({ name: roles.name, isCovered: covers(actor, rolePermissions()).as('is_covered') })
      .from(roles)
      .where(and(eq(roles.name, name), exists(sql`(select from ${actor})`)))
      .for('key share'),
  )
}

/** Counts the roles of a user, and tells if one is among them. */
function rolesCounted(db: Database, userId: SQL, name: SQL) {
  return db.$with('had').as(
    db
      .select({
        count: sql<number>`count(*)::int`.as('role_count'),
        hasRole: sql<boolean>`coalesce(bool_or(${userRoles.role} = ${name}), false)`.as('has_role'),
      })
      .from(userRoles)
      .where(eq(userRoles.userId, userId)),
  )
}

type Of = { target: Target; userId: SQL; role: Role; name: SQL; when: SQL | undefined }

/** Grants a role to a user who has it not. */
export function roleGranted(db: Database, { target, userId, role, name, when }: Of) {
  const had = rolesCounted(db, userId, name)
  const isNew = sql`(select not ${had.hasRole} and ${had.count} < ${literal(MAX_ROLES_OF_USER)} from ${had})`
  const changed = userChanged(db, target, {
    when: and(exists(sql`(select from ${role})`), isNew, when),
  })
  const granted = db.$with('granted').as(
    db
      .insert(userRoles)
      .select(
        db
          .select({
            userId: changed.id,
            role: sql`${name}`.as('role'),
            grantedAt: sql`now()`.as('granted_at'),
          })
          .from(changed),
      )
      .onConflictDoNothing()
      .returning({ userId: userRoles.userId, role: userRoles.role }),
  )
  return { steps: [had, changed, granted], had, changed, granted }
}

/** Revokes a role of a user who has it. The last admin stays one. */
export function roleRevoked(
  db: Database,
  { target, userId, role, name, when, providers }: Of & { providers: SQL },
) {
  const had = rolesCounted(db, userId, name)
  const { held, othersLeft } = adminsHeld(db, target, { providers })
  const isKept = sql`(${name} = ${literal(ADMIN)} and not ${othersLeft})`
  // Of the locks that a statement takes the user's comes first, and those of what belongs to the user after it.
  const changed = userChanged(db, target, {
    when: and(
      exists(sql`(select from ${role})`),
      sql`(select ${had.hasRole} from ${had})`,
      sql`not ${isKept}`,
      when,
    ),
  })
  const revoked = db.$with('revoked').as(
    db
      .delete(userRoles)
      .where(
        and(
          sql`${userRoles.userId} = (select ${changed.id} from ${changed})`,
          eq(userRoles.role, name),
        ),
      )
      .returning({ userId: userRoles.userId, role: userRoles.role }),
  )
  return {
    steps: [had, held, changed, revoked],
    had,
    changed,
    revoked,
    isKept: sql<boolean>`${isKept}`,
  }
}
