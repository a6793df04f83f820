import { and, eq, exists, type SQL } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import type { Placeholders } from '../../database/params.ts'
import { credentials } from '../../models/index.ts'
import type { Recorded } from '../audit/record-steps.ts'
import { type Step, stateChange } from '../audit/state-change.ts'
import { recoveryUseTold } from '../factors/recovery-use-steps.ts'
import { proofUsed, useParams } from '../factors/use-steps.ts'
import { tryForgiven } from '../limits/steps.ts'
import { MAIL_PARAMS } from '../outbox/steps.ts'
import { RAISE_PARAMS, sessionRaised } from './raise-steps.ts'
import { subjectAnswer } from './subject.ts'

type RaiseParams = Placeholders<typeof RAISE_PARAMS>
type Raised = ReturnType<typeof sessionRaised>

function steppedUp(of: Raised, p: RaiseParams): Recorded {
  return {
    event: 'session_stepped_up',
    of,
    subject: of.id,
    session: p.sessionId,
    details: { amr: p.raisedAmr },
  }
}

/** Lets the caller's session go on at the password that was checked. Does nothing if the stored hash has changed since. */
export const raiseByPassword = stateChange({
  name: 'raise_session_by_password',
  params: { ...RAISE_PARAMS, checkedHash: 'text' },
  change(db, p) {
    const checked = db.$with('checked').as(
      db
        .select({ userId: credentials.userId })
        .from(credentials)
        .where(and(eq(credentials.userId, p.userId), eq(credentials.passwordHash, p.checkedHash))),
    )
    const raised = sessionRaised(db, p, checked)
    return {
      steps: [checked, raised],
      records: steppedUp(raised, p),
      answers: { from: [raised], columns: subjectAnswer(raised) },
    }
  },
})

const BY_FACTOR = { ...RAISE_PARAMS, receipt: 'text' } as const

/** Uses the proof up, lets the caller's session go on at it, and takes back what the try counted for. */
function raising(
  db: Database,
  p: Placeholders<typeof BY_FACTOR>,
  { steps: using, used }: Pick<ReturnType<typeof proofUsed>, 'steps' | 'used'>,
  besides: { steps: readonly Step[]; records: readonly Recorded[] } = { steps: [], records: [] },
) {
  const raised = sessionRaised(db, p, used)
  const isDone: SQL = exists(db.select({ id: raised.id }).from(raised))
  const { steps: forgiving } = tryForgiven(db, p, isDone)
  return {
    steps: [...using, raised, ...forgiving, ...besides.steps],
    records: [steppedUp(raised, p), ...besides.records],
    answers: {
      from: [used, raised],
      columns: { usedBy: used.userId, ...subjectAnswer(raised) },
    },
  }
}

const raiseBy = (kind: 'totp' | 'passkey' | 'identity') =>
  stateChange({
    name: `raise_session_by_${kind}`,
    params: { ...BY_FACTOR, ...useParams(kind) },
    change: (db, p) => raising(db, p, proofUsed(db, kind, p, p.userId)),
  })

/** By each kind of proof that works once, but a mailed code. Nothing is raised where it was used up meanwhile. */
export const raiseByProof = {
  totp: raiseBy('totp'),
  passkey: raiseBy('passkey'),
  identity: raiseBy('identity'),
  recovery_code: stateChange({
    name: 'raise_session_by_recovery_code',
    params: {
      ...{ ...BY_FACTOR, ...MAIL_PARAMS, ip: 'text?', userAgent: 'text?' },
      ...useParams('recovery_code'),
    },
    change(db, p) {
      const proof = proofUsed(db, 'recovery_code', p, p.userId)
      const { steps, records } = recoveryUseTold(db, proof.used, p)
      return raising(db, p, proof, { steps, records: [records] })
    },
  }),
}
