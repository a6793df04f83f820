import { and, eq, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { credentials } from '../../models/index.ts'
import type { Step } from '../audit/state-change.ts'

/** A step whose rows are users. */
type UserStep = Step & { id: SQLWrapper }

/** Replaces the hash that was checked. Does nothing if the stored hash has changed since. */
export function hashReplaced(
  db: Database,
  of: UserStep,
  { oldHash, newHash }: Record<'oldHash' | 'newHash', SQL>,
) {
  return db.$with('hash_replaced').as(
    db
      .update(credentials)
      .set({ passwordHash: newHash, updatedAt: sql`now()` })
      .from(of)
      .where(and(eq(credentials.userId, of.id), eq(credentials.passwordHash, oldHash)))
      .returning({ userId: credentials.userId }),
  )
}

/** Sets the hash of a user who has none. Of two at once one does, and the other does nothing. */
export function firstPasswordSet(db: Database, of: UserStep, newHash: SQL) {
  return db.$with('first_password_set').as(
    db
      .insert(credentials)
      .select(passwordOf(db, of, newHash))
      .onConflictDoNothing()
      .returning({ userId: credentials.userId }),
  )
}

function passwordOf(db: Database, of: UserStep, newHash: SQL) {
  return db
    .select({
      userId: sql`${of.id}`.as('user_id'),
      passwordHash: newHash.as('password_hash'),
      updatedAt: sql`now()`.as('updated_at'),
    })
    .from(of)
}

/** Sets the hash of a user, whatever there was before. */
export function passwordSet(db: Database, of: UserStep, newHash: SQL) {
  return db.$with('password_set').as(
    db
      .insert(credentials)
      .select(passwordOf(db, of, newHash))
      .onConflictDoUpdate({
        target: credentials.userId,
        set: { passwordHash: sql`excluded.password_hash`, updatedAt: sql`excluded.updated_at` },
      })
      .returning({ userId: credentials.userId }),
  )
}
