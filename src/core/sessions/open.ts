import { exists, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { instant } from '../../database/instants.ts'
import type { Placeholders } from '../../database/params.ts'
import { AppError } from '../../errors.ts'
import { uuidv7 } from '../../utils/uuid.ts'
import { type Access, parseAccess } from '../access/permissions.ts'
import { accessOf } from '../access/steps.ts'
import type { Recorded } from '../audit/record-steps.ts'
import { happened, type Step, stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import type { AssuranceLevel } from '../factors/assurance.ts'
import type { FactorProof } from '../factors/proofs.ts'
import { recoveryUseTold } from '../factors/recovery-use-steps.ts'
import { proofUsed, spendValues, type UseKind, useParams } from '../factors/use-steps.ts'
import { noticeCounted } from '../limits/notice-steps.ts'
import { LIMIT_PARAMS, tryForgiven } from '../limits/steps.ts'
import { NONE, triesOf } from '../limits/tries.ts'
import { mailValues, type Requester } from '../outbox/enqueue.ts'
import type { Language } from '../outbox/mails.ts'
import { MAIL_PARAMS, mailEnqueued } from '../outbox/steps.ts'
import type { PasswordProof } from '../passwords/prove.ts'
import { hashReplaced } from '../passwords/steps.ts'
import type { TokenSubject } from '../tokens/claims.ts'
import type { TokenPair } from '../tokens/tokens.ts'
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

const open = stateChange({
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

const openAndRenewHash = stateChange({
  name: 'open_session_and_renew_hash',
  params: { ...OPEN_PARAMS, oldHash: 'text', newHash: 'text' },
  change: (db, p) => opening(db, p, { alsoFor: (entered) => [hashReplaced(db, entered, p)] }),
})

const openAndTell = stateChange({
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

const OPEN_BY = {
  totp: openBy('totp'),
  recovery_code: openByRecoveryCode,
  passkey: openBy('passkey'),
  mailed_code: openBy('mailed_code'),
  identity: openBy('identity'),
} satisfies Record<UseKind, unknown>

/** The user who logs in, with the session epoch when the account was read, and the receipt of the try that was counted. */
export type Entrant = Omit<TokenSubject['user'], keyof Access> & { epoch: number; counted: string }

/** A password, or a proof that works once. */
export type Proof = PasswordProof | FactorProof

/**
 * The only function that opens a session. It changes nothing and returns undefined if the account has changed since it
 * was read. Such a change is a new password or second factor, the end of all sessions, a disabled account or too many
 * concurrent log-ins. Returns undefined as well, and has used the proof up, if that was used by somebody else meanwhile.
 * Takes back what the try counted for. A mail tells of each recovery code, and where it is configured of a new device.
 * Throws `email_not_verified` where that is required.
 */
export async function openSession(
  deps: CoreDeps,
  { epoch, counted: receipt, ...user }: Entrant,
  proof: Proof,
  { ip, userAgent, language }: Requester,
): Promise<TokenPair | undefined> {
  const { config, clock, tokens } = deps
  refuseUnverified(deps, user)
  const issuedAt = clock.now()
  const { aal, amr } = proof
  const session = {
    sessionId: uuidv7(issuedAt.getTime()),
    userId: user.id,
    epoch,
    issuedAt,
    idleSeconds: config.tokens.refreshLifetimeSeconds,
    lifetimeSeconds: config.sessions.lifetimeSeconds,
    maxOthers: config.sessions.maxPerUser - 1,
    requiresVerifiedEmail: config.mail.requiresVerifiedEmail,
    ...{ ip, userAgent, receipt, aal },
    amr: amr.join(' '),
    mfaPolicy: config.factors.requireMfa,
  }
  const opened = await sendOpening(deps, session, proof, language)
  if (!happened(opened)) return undefined
  const { expiresAt, access, authTime } = opened
  const subject = {
    user: { ...user, ...parseAccess(access) },
    session: {
      ...{ id: session.sessionId, generation: 0, issuedAt, expiresAt, amr, authTime },
      aal: opened.aal as AssuranceLevel,
    },
  }
  return tokens.issue(subject, issuedAt)
}

/** Throws `email_not_verified` where nobody enters whose email is not. */
export function refuseUnverified(
  { config }: Pick<CoreDeps, 'config'>,
  { isEmailVerified }: { isEmailVerified: boolean },
): void {
  if (config.mail.requiresVerifiedEmail && !isEmailVerified)
    throw new AppError('email_not_verified')
}

type Opening = Parameters<typeof open>[1]

async function sendOpening(deps: CoreDeps, session: Opening, proof: Proof, language: Language) {
  const notifies = deps.config.mail.notifiesOfNewDevices
  const tells = notifies || (!isPassword(proof) && proof.use.kind === 'recovery_code')
  const telling = async () => ({
    ...(tells ? mailValues(deps, { language }) : { mailId: null, language }),
    tries: notifies ? await triesOf(deps, 'notice', { userId: session.userId }) : NONE,
  })
  if (!isPassword(proof)) {
    const send = OPEN_BY[proof.use.kind] as unknown as (
      by: CoreDeps,
      values: Opening & Record<string, unknown>,
    ) => ReturnType<typeof open>
    const { values } = proof.use
    const used = { ...values, ...spendValues(proof.spends) }
    const opened = await send(deps, { ...session, ...used, ...(await telling()) })
    if (tells) deps.postman.wake()
    return opened
  }
  const { renewal } = proof
  if (tells) {
    const opened = await openAndTell(deps, {
      ...{ ...session, ...NOTHING, ...renewal },
      ...(await telling()),
    })
    deps.postman.wake()
    return opened
  }
  return renewal ? openAndRenewHash(deps, { ...session, ...renewal }) : open(deps, session)
}

function isPassword(proof: Proof): proof is PasswordProof {
  return 'hash' in proof
}

/** No hash is replaced. */
const NOTHING = { oldHash: null, newHash: null }
