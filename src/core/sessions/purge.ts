import { inArray, lt, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { dayOf } from '../../database/instants.ts'
import { statement } from '../../database/statement.ts'
import { sessions } from '../../models/index.ts'

const purge = statement(
  { name: 'purge_sessions', kind: 'write', params: { limit: 'int' } },
  (db, p) => {
    // A CTE, because some plans run a plain subquery, with its limit, once for every row.
    const useless = db.$with('useless').as(
      db
        .select({ id: sessions.id })
        .from(sessions)
        .where(lt(sessions.purgeOn, dayOf(sql`now()`)))
        .orderBy(sessions.purgeOn)
        .limit(p.limit as never)
        .for('update', { skipLocked: true }),
    )
    return db
      .with(useless)
      .delete(sessions)
      .where(inArray(sessions.id, db.select({ id: useless.id }).from(useless)))
      .returning({ id: sessions.id })
  },
)

/** Deletes up to `limit` sessions past their purge day and returns their number. Skips locked rows. */
export async function purgeSessions(db: Database, limit: number): Promise<number> {
  const removed = await purge(db, { limit })
  return removed.length
}
