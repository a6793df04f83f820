import { index, jsonb, text, uuid } from 'drizzle-orm/pg-core'
import { instantColumn, ownSchema } from './schema.ts'

/**
 * What happened, by whom and to whom. Rows are only added; the role that serves needs no right to change one. They outlive
 * the users that they name.
 */
export const auditEvents = ownSchema.table(
  'audit_events',
  {
    /** A UUID of version 7 by the database's clock, so that ids are in the order of time. */
    id: uuid().primaryKey(),
    at: instantColumn('at').notNull(),
    event: text().notNull(),
    /** `success` or `failure`. */
    outcome: text().notNull(),
    /** Who did it. Null for somebody unknown, for the service itself and for its operator. */
    actorId: uuid('actor_id'),
    /** The user whom it is about. */
    subjectId: uuid('subject_id'),
    sessionId: uuid('session_id'),
    ip: text(),
    requestId: text('request_id'),
    /** What else there is to know, by names. No secret, and no email but masked. */
    details: jsonb().notNull(),
  },
  (table) => [
    index('audit_events_subject_id').on(table.subjectId.asc(), table.id.asc()),
    index('audit_events_actor_id').on(table.actorId.asc(), table.id.asc()),
    index('audit_events_event').on(table.event.asc(), table.id.asc()),
  ],
)
