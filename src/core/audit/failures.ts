import { sql } from 'drizzle-orm'
import { failureCode } from '../../database/errors.ts'
import { parameterRow } from '../../database/parameter-row.ts'
import { statement } from '../../database/statement.ts'
import type { CoreDeps } from '../deps.ts'
import { LIMIT_PARAMS, tryCounted } from '../limits/steps.ts'
import { triesOf } from '../limits/tries.ts'
import type { FailureEvent } from './events.ts'
import { AUDIT_PARAMS, eventRecorded } from './record-steps.ts'

/** The failures that no statement of their own records, as a reused refresh token is by the one that ends its session. */
type Refused = Exclude<FailureEvent, 'refresh_token_reused'>

/** A refusal worth knowing. */
export type Failure = {
  event: Refused
  /** The user whom it is about, if there is one. */
  subjectId?: string | undefined
  /** Who did it, as far as a session says so. */
  actorId?: string | undefined
  sessionId?: string | undefined
  /** What was typed, in canonical form, where it is about no user. Only its pseudonym is stored. */
  identifierKey?: string | undefined
  /** Why a log-in was refused. */
  reason?: string
  /** The name of the limit that is used up. */
  limit?: string
}

const PARAMS = {
  subjectId: 'uuid?',
  actorId: 'uuid?',
  sessionId: 'uuid?',
  reason: 'text?',
  limit: 'text?',
  account: 'text?',
  ...AUDIT_PARAMS,
  ...LIMIT_PARAMS,
} as const

/** Records one unless there were too many: about this account or client, or at all. */
function recording(event: Refused) {
  return statement({ name: `record_${event}`, kind: 'write', params: PARAMS }, (db, p) => {
    const { steps, passed } = tryCounted(db, p)
    const kept = db.$with('kept').as(
      db
        .select({ one: sql`1`.as('one') })
        .from(sql`(values (1)) as one_row`)
        .where(passed),
    )
    const { reason, limit, account } = p
    const recorded = eventRecorded(
      db,
      {
        event,
        of: kept,
        subject: p.subjectId,
        actor: p.actorId,
        session: p.sessionId,
        details: { reason, limit, account },
      },
      p,
    )
    const question = parameterRow({ sessionId: p.sessionId })
    return db
      .with(...steps, kept, recorded)
      .select({ ...question.echo, recordedId: recorded.id })
      .from(question.from)
      .leftJoin(recorded, sql`true`)
  })
}

const RECORD = {
  login_failed: recording('login_failed'),
  password_refused: recording('password_refused'),
  factor_refused: recording('factor_refused'),
  limit_reached: recording('limit_reached'),
} as const satisfies Record<Refused, unknown>

type Deps = Pick<CoreDeps, 'db' | 'origin' | 'config' | 'pseudonyms' | 'mailer' | 'logger'>

/**
 * Records a refusal in the audit trail, if there were not too many. It never throws: what was refused is answered all the
 * same, and the log says that the trail lacks something. It costs the same whether the account exists or not.
 */
export async function recordFailure(
  deps: Deps,
  { event, subjectId, actorId, sessionId, identifierKey, reason, limit }: Failure,
): Promise<void> {
  const { requestId: auditRequestId, ip: auditIp } = deps.origin()
  const isUnknown = subjectId === undefined && identifierKey !== undefined
  try {
    const account = isUnknown ? await deps.pseudonyms.account(identifierKey) : null
    const about = isUnknown
      ? { identifier: identifierKey }
      : subjectId !== undefined && { userId: subjectId }
    await RECORD[event](deps.db, {
      subjectId: subjectId ?? null,
      actorId: actorId ?? null,
      sessionId: sessionId ?? null,
      reason: reason ?? null,
      limit: limit ?? null,
      account,
      ...{ auditRequestId, auditIp },
      tries: await triesOf(deps, 'failure', { ip: auditIp, ...about }),
    })
  } catch (error) {
    const code = failureCode(error) ?? 'UNKNOWN'
    const request_id = auditRequestId ?? undefined
    deps.logger.error('audit_failed', { request_id, audit_event: event, code })
  }
}
