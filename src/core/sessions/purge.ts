import { inArray, lt, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { statement } from '../../database/statement.ts'
import { sessions } from '../../models/index.ts'
import { dayOf } from './predicates.ts'

const purge = statement((db) => {
  // A step of its own: as a plain subquery some plans would run it, and so its limit, once for every row.
  const useless = db.$with('useless').as(
    db
      .select({ id: sessions.id })
      .from(sessions)
      .where(lt(sessions.purgeOn, dayOf(sql`now()`)))
      .orderBy(sessions.purgeOn)
      .limit(sql.placeholder('limit'))
      .for('update', { skipLocked: true }),
  )
  return db
    .with(useless)
    .delete(sessions)
    .where(inArray(sessions.id, db.select({ id: useless.id }).from(useless)))
    .returning({ id: sessions.id })
    .prepare('purge_sessions')
})

/** Deletes up to `limit` sessions whose day has passed, leaving alone any that somebody else holds; gives their number. */
export async function purgeSessions(db: Database, limit: number): Promise<number> {
  const removed = await purge(db).execute({ limit })
  return removed.length
}
