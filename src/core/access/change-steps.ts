import { and, eq, isNull, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { alias, type PgUpdateSetSource } from 'drizzle-orm/pg-core'
import type { Database } from '../../database/index.ts'
import { literal } from '../../database/params.ts'
import { userRoles, users } from '../../models/index.ts'
import { hasCredential } from '../accounts/predicates.ts'
import type { Step } from '../audit/state-change.ts'
import { ADMIN } from './permissions.ts'

/** The user in the statement's snapshot. The row that is changed can be newer. */
const seen = alias(users, 'seen')

/**
 * True unless the user's roles or state were changed after the statement began. What it decided by them would not hold then,
 * and the next attempt sees them (`untilUnchanged`). A profile is neither: whoever changes it all the time would keep
 * everybody else from doing anything.
 */
export function isUnchanged(): SQL {
  return sql`${users.accessVersion} = (select ${seen.accessVersion} from ${users} ${sql.raw('seen')} where ${eq(seen.id, users.id)})`
}

/** Changes the user of a step, if that is as it was when the statement began, and moves its versions. */
export function userChanged(
  db: Database,
  target: Step & { id: SQLWrapper },
  { set = {}, when }: { set?: PgUpdateSetSource<typeof users>; when: SQL | undefined },
) {
  return db.$with('changed').as(
    db
      .update(users)
      .set({
        ...set,
        version: sql`${users.version} + 1`,
        accessVersion: sql`${users.accessVersion} + 1`,
        updatedAt: sql`now()`,
      })
      .from(target)
      .where(and(eq(users.id, target.id), isUnchanged(), when))
      .returning({ id: users.id }),
  )
}

/** The parameter of what holds admins: the ids of the providers that are configured, by spaces (`providerIds`). */
export const ADMINS_PARAMS = { providers: 'text' } as const

/**
 * Holds all admins who are not disabled until the statement ends, if the user whom it takes away is an admin. Statements
 * that take admins away so wait for each other, and each sees what the one before it left: a row that was deleted or
 * disabled meanwhile is not held. `othersLeft` is true if the user was no admin, or somebody else still is one afterwards;
 * of an admin who can log in that must be somebody who can, too.
 *
 * Whoever became an admin after the statement began is neither held nor seen. So what takes a user away asks for
 * `isUnchanged` too, for a grant moves `accessVersion`.
 */
export function adminsHeld(
  db: Database,
  target: Step & { id: SQLWrapper; isAdmin: SQLWrapper },
  p: Record<keyof typeof ADMINS_PARAMS, SQLWrapper>,
) {
  const ofTarget = (column: SQLWrapper) => sql`(select ${column} from ${target})`
  const held = db.$with('admins').as(
    db
      .select({ id: users.id, canLogIn: hasCredential(users.id, p).as('can_log_in') })
      .from(users)
      .innerJoin(userRoles, eq(userRoles.userId, users.id))
      .where(
        and(eq(userRoles.role, literal(ADMIN)), isNull(users.disabledAt), ofTarget(target.isAdmin)),
      )
      // All in one order, so that two statements never wait for each other in a circle.
      .orderBy(users.id)
      .for('no key update'),
  )
  const targetCan = sql`coalesce((select ${held.canLogIn} from ${held} where ${held.id} = ${ofTarget(target.id)}), false)`
  // A count, because `exists` would hold no more than the first.
  const others = sql`(select count(*) from ${held} where ${held.id} <> ${ofTarget(target.id)} and (${held.canLogIn} or not ${targetCan}))`
  const othersLeft = sql<boolean>`(not ${ofTarget(target.isAdmin)} or ${others} > 0)`
  return { held, othersLeft }
}
