import { type AuditEvent, outcomeOf } from '../../src/core/audit/events.ts'
import type { TestApp } from './app.ts'
import { quoted } from './names.ts'

/** A row of the audit trail, as the database has it. */
export type AuditRow = {
  id: string
  event: string
  outcome: string
  actor_id: string | null
  subject_id: string | null
  session_id: string | null
  ip: string | null
  request_id: string | null
  details: Record<string, unknown>
}

/** The rows of the trail that a condition holds for, the oldest first. */
export async function auditRows(t: TestApp, condition: string): Promise<AuditRow[]> {
  const rows = await t.column(
    `select to_jsonb(it)::text from edge_auth.audit_events it where ${condition} order by id`,
  )
  return rows.map((row) => JSON.parse(String(row)))
}

/** The rows of requests, by the ids that these sent. */
export function auditOf(t: TestApp, ...requestIds: string[]): Promise<AuditRow[]> {
  return auditRows(t, `request_id in (${requestIds.map(quoted).join(', ')})`)
}

/** Puts so many events about somebody into the trail, as old as that in days. Of the actor only log-ins tell. */
export async function fillTrail(
  t: TestApp,
  subject: string,
  count: number,
  days = 0,
  event: 'user_created' | 'session_opened' = 'user_created',
) {
  const actor = event === 'session_opened' ? quoted(subject) : 'null'
  const at = `(clock_timestamp() - ${days} * interval '1 day')`
  await t.column(`insert into edge_auth.audit_events (id, at, event, outcome, subject_id, actor_id, details)
    select (lpad(to_hex((extract(epoch from ${at}) * 1000)::bigint), 12, '0') || '7'
        || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid,
      ${at}, ${quoted(event)}, 'success', ${quoted(subject)}, ${actor}, '{}'
    from generate_series(1, ${count}) returning 1`)
}

/** Events of features whose tests drive them elsewhere, in this file's words: see `test/features/audit.test.ts`. */
export const DRIVEN_ELSEWHERE: readonly AuditEvent[] = [
  'invitation_revoked',
  'second_factor_requested',
  'session_stepped_up',
  'totp_enrolled',
  'totp_removed',
  'passkey_registered',
  'passkey_renamed',
  'passkey_removed',
  'passkey_suspended',
  'passkey_counter_back',
  'recovery_codes_replaced',
  'recovery_code_used',
  'factors_removed',
  'identity_linked',
  'identity_unlinked',
  'account_claimed',
  'factor_refused',
  'login_code_requested',
  'profile_changed',
  'user_disabled',
  'user_enabled',
  'role_granted',
  'role_revoked',
  'role_created',
  'role_changed',
  'role_deleted',
]

/** What an event is expected to hold. What is not named is null, or empty. */
export type ExpectedEvent = Partial<AuditRow> & { event: AuditEvent }

/** The row of a request's event: that of a success unless the list says otherwise, with the ids of the request. */
export function rowOf(
  { event, ...rest }: ExpectedEvent,
  requestId: string | null,
  ip: string | null,
) {
  const of = { actor_id: null, subject_id: null, session_id: null, details: {} }
  return { event, outcome: outcomeOf(event), ...of, request_id: requestId, ip, ...rest }
}
