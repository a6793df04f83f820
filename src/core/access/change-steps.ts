import { and, eq, isNull, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { alias, type PgUpdateSetSource } from 'drizzle-orm/pg-core'
import type { Database } from '../../database/index.ts'
import { literal } from '../../database/params.ts'
import { userRoles, users } from '../../models/index.ts'
import type { Step } from '../audit/state-change.ts'
import { ADMIN } from './permissions.ts'

/** The user in the statement's snapshot. The row that is changed can be newer. */
const seen = alias(users, 'seen')

/**
 * True unless the user's roles or state were changed after the statement began. A profile is none of that: whoever changes it
 * all the time would keep everybody else from doing anything. What it decided by them would not hold
 * then, and the next attempt sees them (`untilUnchanged`).
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

/**
 * Holds all admins who may log in until the statement ends, if the user whom it takes away is an admin. Statements that
 * take admins away so wait for each other, and each sees what the one before it left: a row that was deleted or disabled
 * meanwhile is not held. `othersLeft` is true if somebody else is still an admin afterwards, or the user was none.
 *
 * Whoever became an admin after the statement began is neither held nor seen. So what takes a user away asks for
 * `isUnchanged` too, for a grant moves `accessVersion`.
 */
export function adminsHeld(db: Database, target: Step & { id: SQLWrapper; isAdmin: SQLWrapper }) {
  const ofTarget = (column: SQLWrapper) => sql`(select ${column} from ${target})`
  const held = db.$with('admins').as(
    db
      .select({ id: users.id })
      .from(users)
      .innerJoin(userRoles, eq(userRoles.userId, users.id))
      .where(
        and(eq(userRoles.role, literal(ADMIN)), isNull(users.disabledAt), ofTarget(target.isAdmin)),
      )
      // All in one order, so that two statements never wait for each other in a circle.
      .orderBy(users.id)
      .for('no key update'),
  )
  // A count, because `exists` would hold no more than the first.
  const others = sql`(select count(*) from ${held} where ${held.id} <> ${ofTarget(target.id)})`
  const othersLeft = sql<boolean>`(not ${ofTarget(target.isAdmin)} or ${others} > 0)`
  return { held, othersLeft }
}
