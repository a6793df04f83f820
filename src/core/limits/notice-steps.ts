import { exists, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import type { Step } from '../audit/state-change.ts'
import { tryCounted } from './steps.ts'

/** A step with the one user whom a mail tells of something. */
type Told = Step & Record<'id' | 'username' | 'email', SQLWrapper>

/**
 * Counts a mail that only tells, and has the user's row in `noticed` unless there were too many. What it tells of has
 * happened in any case: nobody fills a mailbox by doing it again and again.
 */
export function noticeCounted(db: Database, p: { tries: SQL }, of: Told) {
  const when = exists(db.select({ id: sql`${of.id}` }).from(of))
  const { steps, passed } = tryCounted(db, p, { when })
  const noticed = db.$with('noticed').as(
    db
      .select({
        id: sql<string>`${of.id}`.as('noticed_id'),
        username: sql<string>`${of.username}`.as('noticed_username'),
        email: sql<string>`${of.email}`.as('noticed_email'),
      })
      .from(of)
      .where(passed),
  )
  return { steps: [...steps, noticed], noticed }
}
