import { and, desc, gt, lt, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { instant } from '../../database/instants.ts'
import { isLastLookedAt, mostLookedAt } from '../../database/looked-at.ts'
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

const { id } = auditEvents

const columns = () => ({
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

/** Selects the newest events of a page, of those with that value. */
export function newestEvents(db: Database, p: P, by?: By) {
  return db
    .select({
      ...columns(),
      isFound: sql<boolean>`true`.as('is_found'),
      isLast: sql<boolean>`false`.as('is_last'),
    })
    .from(auditEvents)
    .where(by ? isBetween(by, p) : and(gt(id, p.above), lt(id, p.below)))
    .orderBy(...(by ? [desc(by.column), desc(id)] : [desc(id)]))
    .limit(p.most as never)
}

/**
 * Selects the newest events of a page, of those with that value for which a condition holds besides, that no index
 * serves, and the last that was looked at for it.
 */
export function newestAmong(db: Database, p: P, by: By, condition: SQL) {
  const order = [desc(by.column), desc(id)]
  const looked = db
    .select({
      ...columns(),
      isFound: sql<boolean>`coalesce(${condition}, false)`.as('is_found'),
      isLast: isLastLookedAt(...order),
    })
    .from(auditEvents)
    .where(isBetween(by, p))
    .orderBy(...order)
    .limit(mostLookedAt())
    .as('looked')
  return db
    .select()
    .from(looked)
    .where(or(looked.isFound, looked.isLast))
    .orderBy(desc(looked.id))
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
