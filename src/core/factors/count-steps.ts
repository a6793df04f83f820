import { and, eq, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core'
import type { Database } from '../../database/index.ts'
import { recoveryCodes, users } from '../../models/index.ts'
import type { Step } from '../audit/state-change.ts'

/** A step with the user whose factor was added or removed. */
type OfUser = Step & { userId: SQLWrapper }

/** What admins decide by how many there are is decided anew (`isUnchanged` in core/access). */
const accessVersion = sql`${users.accessVersion} + 1`

/** What else changes in the row of the user, and when. Both see what statements before this one left there. */
type Besides = { set?: PgUpdateSetSource<typeof users>; when?: SQL | undefined }

/**
 * Counts a factor that a step has added. With the first of a user all other sessions end, for they were opened by one factor,
 * and so do those that concurrent log-ins are about to open.
 */
export function factorAdded(
  db: Database,
  of: OfUser,
  { sessionId }: { sessionId: SQL },
  { set, when }: Besides = {},
) {
  const isFirst = sql`${users.factorCount} = 0`
  return db.$with('factor_added').as(
    db
      .update(users)
      .set({
        factorCount: sql`${users.factorCount} + 1`,
        accessVersion,
        sessionEpoch: sql`${users.sessionEpoch} + case when ${isFirst} then 1 else 0 end`,
        keptSessionId: sql`case when ${isFirst} then ${sessionId} else ${users.keptSessionId} end`,
        ...set,
      })
      .from(of)
      .where(and(eq(users.id, of.userId), when))
      .returning({
        id: users.id,
        username: users.username,
        email: users.email,
        isFirst: sql<boolean>`${users.factorCount} = 1`.as('is_first'),
      }),
  )
}

/** Counts a factor that a step has removed. `isLast` if the user has none left. */
export function factorRemoved(db: Database, of: OfUser) {
  return db.$with('factor_removed').as(
    db
      .update(users)
      .set({ factorCount: sql`${users.factorCount} - 1`, accessVersion })
      .from(of)
      .where(eq(users.id, of.userId))
      .returning({
        id: users.id,
        username: users.username,
        email: users.email,
        isLast: sql<boolean>`${users.factorCount} = 0`.as('is_last'),
      }),
  )
}

/** Stores the HMACs of recovery codes, by spaces, for the user of a step, and deletes all others. */
export function recoveryCodesReplaced(
  db: Database,
  of: Step & { id: SQLWrapper },
  { codeMacs, when }: { codeMacs: SQL; when?: SQL },
) {
  const macs = sql`string_to_array(${codeMacs}, ' ')`
  const stored = db.$with('codes_stored').as(
    db
      .insert(recoveryCodes)
      .select(
        db
          .select({
            userId: sql<string>`${of.id}`.as('user_id'),
            codeMac: sql<string>`mac`.as('code_mac'),
          })
          .from(sql`${of}, unnest(${macs}) as mac`)
          .where(when),
      )
      .onConflictDoNothing()
      .returning({ userId: recoveryCodes.userId }),
  )
  return { steps: [stored, codesDeleted(db, of, and(when, sql`true`), macs)] }
}

/** Deletes the recovery codes of the user of a step, but for those that are kept. */
export function codesDeleted(
  db: Database,
  of: Step & { id: SQLWrapper },
  when: SQL | undefined,
  kept: SQL = sql`array[]::text[]`,
) {
  const ids = db
    .select({ id: sql<string>`${of.id}` })
    .from(of)
    .where(when)
  return db.$with('codes_deleted').as(
    db
      .delete(recoveryCodes)
      .where(
        and(
          sql`${recoveryCodes.userId} in ${ids}`,
          sql`not ${recoveryCodes.codeMac} = any (${kept})`,
        ),
      )
      .returning({ userId: recoveryCodes.userId }),
  )
}
