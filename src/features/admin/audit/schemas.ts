import { z } from '@hono/zod-openapi'
import { AUDIT_EVENTS, type AuditEvent } from '../../../core/audit/events.ts'
import { documented } from '../../../http/documented.ts'
import { idFilter, instantFilter, nextCursorField, pageQuery } from '../../../http/paging.ts'
import { id, instantField, jsonField, textOrNull, type WireForm } from '../../../http/schemas.ts'
import { csvLine } from '../../../utils/csv.ts'
import { once } from '../../../utils/once.ts'
import type { Filters, Recorded } from './service.ts'

const EXAMPLE_ID = '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071'
const NAMES = Object.keys(AUDIT_EVENTS) as AuditEvent[]

const filters = {
  event: documented(z.enum(NAMES, 'There is no such event.').optional(), {
    description: Object.entries(AUDIT_EVENTS)
      .map(([name, meaning]) => `- \`${name}\`: ${meaning}`)
      .join('\n'),
  }),
  outcome: z.enum(['success', 'failure'], 'Use success or failure.').optional(),
  actor_id: idFilter('Who did it.'),
  subject_id: idFilter('The user whom it is about.'),
  after: instantFilter('From when, including that millisecond.'),
  before: instantFilter('Until when, without that millisecond.'),
}

export const AuditQuery = pageQuery(filters)

export const AuditExportQuery = z.strictObject({
  format: documented(z.enum(['ndjson', 'csv'], 'Use ndjson or csv.').default('ndjson'), {
    description: 'One JSON document a line, or CSV with a head.',
  }),
  ...filters,
})

type Asked = Omit<z.output<typeof AuditExportQuery>, 'format'>

/** The filters of a query. */
export function filtersOf({ actor_id, subject_id, event, outcome, after, before }: Asked): Filters {
  return { actorId: actor_id, subjectId: subject_id, event, outcome, after, before }
}

export const AuditEventRecord = once(() =>
  z
    .object({
      id: id('It grows with time.'),
      at: instantField(),
      event: documented(z.string(), { example: 'session_opened' }),
      outcome: documented(z.string(), { example: 'success', description: 'success or failure' }),
      actor_id: textOrNull(
        EXAMPLE_ID,
        'Who did it; null for somebody unknown, for the service and for its operator.',
      ),
      subject_id: textOrNull(EXAMPLE_ID, 'The user whom it is about, who may be deleted by now.'),
      session_id: textOrNull(EXAMPLE_ID, 'The session by which it was done, or that it is about.'),
      ip: textOrNull('203.0.113.7'),
      request_id: textOrNull('5f0c7d2e-8f0a-4b6e-9c55-0d6f3b1f9a77'),
      details: jsonField('What else there is to know. Emails are masked.'),
    })
    .openapi('AuditEvent'),
)

export const AuditList = once(() =>
  z
    .object({ events: z.array(AuditEventRecord()), next_cursor: nextCursorField() })
    .openapi('AuditList'),
)

/** The wire form of an event. */
export function auditEvent(one: Recorded): WireForm<typeof AuditEventRecord> {
  return {
    id: one.id,
    at: one.at.toISOString(),
    event: one.event,
    outcome: one.outcome,
    actor_id: one.actorId,
    subject_id: one.subjectId,
    session_id: one.ofSessionId,
    ip: one.ip,
    request_id: one.requestId,
    details: JSON.parse(one.details),
  }
}

type Format = z.output<typeof AuditExportQuery>['format']

/** How a file is written: its media type, what it begins with, and the lines of a page. */
type Form = { mediaType: string; head: () => string; lines: (page: readonly Recorded[]) => string }

const names = once(() => Object.keys(AuditEventRecord().shape) as (keyof Row)[])
type Row = WireForm<typeof AuditEventRecord>

/** The forms of an export. */
export const FORMS: Readonly<Record<Format, Form>> = {
  ndjson: {
    mediaType: 'application/x-ndjson',
    head: () => '',
    lines: (page) => page.map((one) => `${JSON.stringify(auditEvent(one))}\n`).join(''),
  },
  csv: {
    mediaType: 'text/csv',
    head: () => csvLine(names()),
    lines: (page) =>
      page
        .map((one) => {
          const row = { ...auditEvent(one), details: one.details }
          return csvLine(names().map((name) => row[name]))
        })
        .join(''),
  },
}
