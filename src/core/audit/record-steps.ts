import { type SQL, type SQLWrapper, sql, type WithSubquery } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { literal, type Placeholders } from '../../database/params.ts'
import { auditEvents } from '../../models/index.ts'
import { type AuditEvent, outcomeOf } from './events.ts'

/** The parameters of a statement that records an event: what `Origin` says. */
export const AUDIT_PARAMS = { auditRequestId: 'text?', auditIp: 'text?' } as const

/** An event and what is known of it, by columns and parameters of its statement. */
export type Recorded = {
  event: AuditEvent
  /** The step that the event is about. It has happened if that step has a row. */
  of: WithSubquery
  /** The user whom it is about, or null for none. */
  subject: SQLWrapper | null
  /** Who did it. Without one it is the subject; null for the service itself and its operator. */
  actor?: SQLWrapper | null
  /** The session by which it was done, or that it is about. */
  session?: SQLWrapper
  /** What else there is to know. Never a secret, and an email only by `maskedEmail`. */
  details?: Record<string, SQLWrapper>
}

const NOBODY = sql`null::uuid`

/** Records the event, once for each row of its step. */
export function eventRecorded(
  db: Database,
  { event, of, subject, actor = subject, session = NOBODY, details = {} }: Recorded,
  p: Placeholders<typeof AUDIT_PARAMS>,
) {
  return db.$with(`recorded_${event}`).as(
    db
      .insert(auditEvents)
      .select(
        db
          .select({
            id: timeOrderedId.as('event_id'),
            at: sql`present.at`.as('event_at'),
            event: literal<AuditEvent>(event).as('event'),
            outcome: literal(outcomeOf(event)).as('outcome'),
            actorId: sql`${actor ?? NOBODY}`.as('actor_id'),
            subjectId: sql`${subject ?? NOBODY}`.as('subject_id'),
            sessionId: sql`${session}`.as('session_id'),
            ip: p.auditIp.as('audit_ip'),
            requestId: p.auditRequestId.as('request_id'),
            details: jsonOf(details).as('details'),
          })
          .from(sql`${of}, ${present}`),
      )
      .returning({ id: auditEvents.id }),
  )
}

/** Read once, so that an event's id and time are of the same moment. */
const present = sql`(select clock_timestamp() as at) as present`

const microseconds = sql`(extract(epoch from present.at) * 1000000)::bigint`

/**
 * A UUID of version 7 by the database's clock (RFC 9562 section 5.7). The 12 bits after the version are the microseconds
 * (section 6.2, method 3), so that events of one millisecond are in the order of time, too. The rest is that of version 4.
 */
const timeOrderedId = sql`(lpad(to_hex(${microseconds} / 1000), 12, '0') || '7' || lpad(to_hex(${microseconds} % 1000 * 4096 / 1000), 3, '0') || substr(replace(gen_random_uuid()::text, '-', ''), 17))::uuid`

function jsonOf(details: Record<string, SQLWrapper>): SQL {
  const members = Object.entries(details).map(
    ([name, value]) => sql`${literal(name as 'name')}, ${value}`,
  )
  return sql`jsonb_strip_nulls(jsonb_build_object(${sql.join(members, sql`, `)}))`
}

/**
 * An email of which the domain is left, and the first character where others follow it. No backslashes, which some
 * databases read otherwise. Null for null.
 */
export function maskedEmail(email: SQLWrapper): SQL {
  const first = sql`coalesce(substring(${email} from '^.(?=.+@)'), '')`
  const domain = sql`coalesce(substring(${email} from '@[^@]*$'), '')`
  return sql`case when ${email} is not null then ${first} || '***' || ${domain} end`
}
