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
