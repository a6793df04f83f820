import { exists, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { instant } from '../../database/instants.ts'
import type { Placeholders } from '../../database/params.ts'
import { accessOf } from '../access/steps.ts'
import type { Recorded } from '../audit/record-steps.ts'
import { type Step, stateChange } from '../audit/state-change.ts'
import { recoveryUseTold } from '../factors/recovery-use-steps.ts'
import { proofUsed, type UseKind, useParams } from '../factors/use-steps.ts'
import { noticeCounted } from '../limits/notice-steps.ts'
import { LIMIT_PARAMS, tryForgiven } from '../limits/steps.ts'
import { MAIL_PARAMS, mailEnqueued } from '../outbox/steps.ts'
import { hashReplaced } from '../passwords/steps.ts'
import {
  deviceUnfamiliar,
  type Entered,
  OPEN_PARAMS,
  sessionOpened,
  surplusEnded,
  userEntered,
} from './open-steps.ts'

type OpenParams = Placeholders<typeof OPEN_PARAMS>

/** What a statement does besides: before the user enters, and for whoever does. */
type Besides = {
  before?: { steps: readonly Step[]; isUsed: SQL; records?: Recorded }
  alsoFor?: (entered: Entered) => Step[]
}

/** Opens a session, counts the log-in and ends surplus sessions, all in one atomic statement. */
function opening(db: Database, p: OpenParams, { before, alsoFor = () => [] }: Besides = {}) {
  const entered = userEntered(db, p, before?.isUsed)
  const ended = surplusEnded(db, entered, p.maxOthers)
  const opened = sessionOpened(db, entered, p)
  const { steps: forgiving } = tryForgiven(db, p, exists(db.select({ id: opened.id }).from(opened)))
  return {
    steps: [...(before?.steps ?? []), entered, ...alsoFor(entered), ended, opened, ...forgiving],
    records: [
      {
        event: 'session_opened',
        of: opened,
        subject: p.userId,
        session: opened.id,
        details: { amr: p.amr },
      },
      ...(before?.records ? [before.records] : []),
    ],
    answers: {
      from: [opened],
      columns: {
        expiresAt: instant(opened.expiresAt),
        access: accessOf(p.userId),
        aal: opened.aal,
        authTime: instant(sql<Date>`${opened.authenticatedAt}`),
      },
    },
  } as const
}

/** By a password whose hash is up to date. */
export const open = stateChange({
  name: 'open_session',
  params: OPEN_PARAMS,
  change: (db, p) => opening(db, p),
})

const TELL_PARAMS = { ...MAIL_PARAMS, ...LIMIT_PARAMS }

/** Mails the owner of a new device, where that is configured. */
function ownerTold(
  db: Database,
  entered: Entered,
  p: OpenParams & Placeholders<typeof TELL_PARAMS>,
): Step[] {
  const unfamiliar = deviceUnfamiliar(db, entered, p)
  const { steps, noticed } = noticeCounted(db, p, unfamiliar)
  const enqueued = mailEnqueued(db, noticed, p, {
    mail: 'new_device',
    recipient: noticed.email,
    data: { username: noticed.username, ip: p.ip, user_agent: p.userAgent },
    userId: noticed.id,
  })
  return [unfamiliar, ...steps, enqueued]
}

/** By a password whose hash is replaced. */
export const openAndRenewHash = stateChange({
  name: 'open_session_and_renew_hash',
  params: { ...OPEN_PARAMS, oldHash: 'text', newHash: 'text' },
  change: (db, p) => opening(db, p, { alsoFor: (entered) => [hashReplaced(db, entered, p)] }),
})

/** By a password, with a mail to the owner of a new device. */
export const openAndTell = stateChange({
  name: 'open_session_and_tell',
  params: { ...OPEN_PARAMS, oldHash: 'text?', newHash: 'text?', ...TELL_PARAMS },
  change: (db, p) =>
    opening(db, p, {
      alsoFor: (entered) => [hashReplaced(db, entered, p), ...ownerTold(db, entered, p)],
    }),
})

/** By a proof that works once. */
const openBy = (kind: Exclude<UseKind, 'recovery_code'>) =>
  stateChange({
    name: `open_session_by_${kind}`,
    params: { ...OPEN_PARAMS, ...TELL_PARAMS, ...useParams(kind) },
    change: (db, p) =>
      opening(db, p as OpenParams, {
        before: proofUsed(db, kind, p, p.userId),
        alsoFor: (entered) => ownerTold(db, entered, p),
      }),
  })

/** The mail tells of the code, which says more than that of a new device. */
const openByRecoveryCode = stateChange({
  name: 'open_session_by_recovery_code',
  params: { ...OPEN_PARAMS, ...MAIL_PARAMS, ...useParams('recovery_code') },
  change(db, p) {
    const { steps, used, isUsed } = proofUsed(db, 'recovery_code', p, p.userId)
    const { steps: telling, records } = recoveryUseTold(db, used, p)
    return opening(db, p as OpenParams, {
      before: { steps: [...steps, ...telling], isUsed, records },
    })
  },
})

/** By each kind of proof that works once. */
export const OPEN_BY = {
  totp: openBy('totp'),
  recovery_code: openByRecoveryCode,
  passkey: openBy('passkey'),
  mailed_code: openBy('mailed_code'),
  identity: openBy('identity'),
} satisfies Record<UseKind, unknown>
