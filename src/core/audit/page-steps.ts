import { and, desc, gt, lt, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { instant } from '../../database/instants.ts'
import type { Placeholders } from '../../database/params.ts'
import { auditEvents } from '../../models/index.ts'

/** The parameters of a page of the audit trail: between which ids, both left out, and how many. Ids are in the order of time. */
export const PAGE_PARAMS = { above: 'uuid', below: 'uuid', most: 'int' } as const

type P = Placeholders<typeof PAGE_PARAMS>

/** What a page is read by: a column that begins an index, and its value. */
type By = {
  column: typeof auditEvents.subjectId | typeof auditEvents.actorId | typeof auditEvents.event
  is: SQL
}

/** Selects the newest events of a page, of those with that value, and that a condition holds for. */
export function newestEvents(db: Database, p: P, by?: By, condition?: SQL) {
  const { id } = auditEvents
  return db
    .select({
      id,
      at: instant(auditEvents.at).as('at'),
      event: auditEvents.event,
      outcome: auditEvents.outcome,
      actorId: auditEvents.actorId,
      subjectId: auditEvents.subjectId,
      sessionId: auditEvents.sessionId,
      ip: auditEvents.ip,
      requestId: auditEvents.requestId,
      details: sql<string>`${auditEvents.details}::text`.as('details_text'),
    })
    .from(auditEvents)
    .where(and(by ? isBetween(by, p) : and(gt(id, p.above), lt(id, p.below)), condition))
    .orderBy(...(by ? [desc(by.column), desc(id)] : [desc(id)]))
    .limit(p.most as never)
}

/**
 * True for the value and an id between the bounds. Pairs are compared, because by an equality Postgres expects the few
 * events that most values have, reads all of them, and sorts: one user with a million of them would make each page slow.
 */
function isBetween({ column, is }: By, p: P): SQL {
  const pair = sql`(${column}, ${auditEvents.id})`
  return sql`${pair} > (${is}, ${p.above}) and ${pair} < (${is}, ${p.below})`
}
