import { and, desc, eq, type SQL, sql } from 'drizzle-orm'
import { isPermitted } from '../../../core/access/steps.ts'
import { newestAmong, newestEvents, PAGE_PARAMS } from '../../../core/audit/page-steps.ts'
import { isCaller } from '../../../core/sessions/predicates.ts'
import type { Database } from '../../../database/index.ts'
import type { Placeholders } from '../../../database/params.ts'
import { read } from '../../../database/read.ts'
import { auditEvents, sessions, users } from '../../../models/index.ts'

const PARAMS = {
  sessionId: 'uuid',
  userId: 'uuid',
  subjectId: 'uuid?',
  actorId: 'uuid?',
  /** Names of events with commas between them, or null for all. */
  events: 'text?',
  ...PAGE_PARAMS,
} as const

type P = Placeholders<typeof PARAMS>
type Page = ReturnType<typeof all>

/** A filter that may be missing. */
const isAsked = (column: SQL, wanted: SQL) => sql`(${wanted} is null or ${column})`
const isOfEvents = (p: P) =>
  isAsked(sql`${auditEvents.event} = any (string_to_array(${p.events}, ','))`, p.events)
const isOfActor = (p: P) => isAsked(eq(auditEvents.actorId, p.actorId), p.actorId)

/** The columns of a page, without what else its builder has. */
const columns = (page: Page) => ({
  ...{ id: page.id, at: page.at, event: page.event, outcome: page.outcome },
  ...{ actorId: page.actorId, subjectId: page.subjectId, sessionId: page.sessionId },
  ...{ ip: page.ip, requestId: page.requestId, details: page.details },
  ...{ isFound: page.isFound, isLast: page.isLast },
})

const all = (db: Database, p: P) => newestEvents(db, p).as('page')

const ofSubject = (db: Database, p: P) =>
  newestAmong(
    db,
    p,
    { column: auditEvents.subjectId, is: p.subjectId },
    sql`(${isOfActor(p)} and ${isOfEvents(p)})`,
  ).as('page')

const ofActor = (db: Database, p: P) =>
  newestAmong(db, p, { column: auditEvents.actorId, is: p.actorId }, isOfEvents(p)).as('page')

/** Reads each event's newest by its index, and takes the newest of these. */
function ofEvents(db: Database, p: P) {
  const one = newestEvents(db, p, { column: auditEvents.event, is: sql`wanted.name` }).as('one')
  return db
    .select(columns(one as unknown as Page))
    .from(sql`unnest(string_to_array(${p.events}, ',')) as wanted (name)`)
    .innerJoinLateral(one, sql`true`)
    .orderBy(desc(one.id))
    .limit(p.most as never)
    .as('page')
}

/**
 * Selects a page of the audit trail, the newest first, if the caller may read it at this moment: one row without an event
 * where there is none, and no row where the caller may not.
 */
const pageBy = (name: string, pageOf: typeof all) =>
  read({
    name,
    params: PARAMS,
    find: (db, p) => {
      const page = pageOf(db, p)
      const { sessionId: ofSessionId, ...others } = columns(page)
      return db
        .select({ callerId: sql<string>`${sessions.id}`.as('caller_id'), ...others, ofSessionId })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .leftJoinLateral(page, sql`true`)
        .where(and(isCaller(p), isPermitted(sessions.userId, 'auth:audit:read')))
    },
    order: (found) => [desc(found.id)],
  })

/** One statement for each index that a page may be read by. */
export const selectAudit = {
  all: pageBy('select_audit', all),
  subject: pageBy('select_audit_of_subject', ofSubject),
  actor: pageBy('select_audit_of_actor', ofActor),
  events: pageBy('select_audit_of_events', ofEvents),
}
