import { exists } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { instant } from '../../database/instants.ts'
import type { Placeholders } from '../../database/params.ts'
import { AppError } from '../../errors.ts'
import { uuidv7 } from '../../utils/uuid.ts'
import { type Access, parseAccess } from '../access/permissions.ts'
import { accessOf } from '../access/steps.ts'
import { happened, type Step, stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import { noticeCounted } from '../limits/notice-steps.ts'
import { LIMIT_PARAMS, tryForgiven } from '../limits/steps.ts'
import { triesOf } from '../limits/tries.ts'
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

/** Opens a session, counts the log-in and ends surplus sessions, all in one atomic statement. */
function opening(
  db: Database,
  p: Placeholders<typeof OPEN_PARAMS>,
  alsoFor: (entered: Entered) => Step[] = () => [],
) {
  const entered = userEntered(db, p)
  const ended = surplusEnded(db, entered, p.maxOthers)
  const opened = sessionOpened(db, entered, p)
  const { steps: forgiving } = tryForgiven(db, p, exists(db.select({ id: opened.id }).from(opened)))
  return {
    steps: [entered, ...alsoFor(entered), ended, opened, ...forgiving],
    records: { event: 'session_opened', of: opened, subject: p.userId, session: opened.id },
    answers: {
      from: [opened],
      columns: { expiresAt: instant(opened.expiresAt), access: accessOf(p.userId) },
    },
  } as const
}

const open = stateChange({
  name: 'open_session',
  params: OPEN_PARAMS,
  change: (db, p) => opening(db, p),
})

const openAndRenewHash = stateChange({
  name: 'open_session_and_renew_hash',
  params: { ...OPEN_PARAMS, oldHash: 'text', newHash: 'text' },
  change: (db, p) => opening(db, p, (entered) => [hashReplaced(db, entered, p)]),
})

const openAndTell = stateChange({
  name: 'open_session_and_tell',
  params: { ...OPEN_PARAMS, oldHash: 'text?', newHash: 'text?', ...MAIL_PARAMS, ...LIMIT_PARAMS },
  change: (db, p) =>
    opening(db, p, (entered) => {
      const unfamiliar = deviceUnfamiliar(db, entered, p)
      const { steps, noticed } = noticeCounted(db, p, unfamiliar)
      const enqueued = mailEnqueued(db, noticed, p, {
        mail: 'new_device',
        recipient: noticed.email,
        data: { username: noticed.username, ip: p.ip, user_agent: p.userAgent },
        userId: noticed.id,
      })
      return [hashReplaced(db, entered, p), unfamiliar, ...steps, enqueued]
    }),
})

/** The user who logs in, with the session epoch when the account was read, and the receipt of the try that was counted. */
export type Entrant = Omit<TokenSubject['user'], keyof Access> & { epoch: number; counted: string }

/**
 * The only function that opens a session. It changes nothing and returns undefined if the account has changed since it
 * was read. Such a change is a new password, the end of all sessions, a disabled account or too many concurrent
 * log-ins. Takes back what the try counted for. Where it is configured, a mail tells of a new device. Throws
 * `email_not_verified` where that is required.
 */
export async function openSession(
  deps: CoreDeps,
  { epoch, counted: receipt, ...user }: Entrant,
  { renewal }: PasswordProof,
  { ip, userAgent, language }: Requester,
): Promise<TokenPair | undefined> {
  const { config, clock, tokens } = deps
  const { requiresVerifiedEmail } = config.mail
  if (requiresVerifiedEmail && !user.isEmailVerified) throw new AppError('email_not_verified')
  const issuedAt = clock.now()
  const session = {
    sessionId: uuidv7(issuedAt.getTime()),
    userId: user.id,
    epoch,
    issuedAt,
    idleSeconds: config.tokens.refreshLifetimeSeconds,
    lifetimeSeconds: config.sessions.lifetimeSeconds,
    maxOthers: config.sessions.maxPerUser - 1,
    requiresVerifiedEmail,
    ip,
    userAgent,
    receipt,
  }
  const opened = await sendOpening(deps, session, renewal, language)
  if (!happened(opened)) return undefined
  const { expiresAt, access } = opened
  const subject = {
    user: { ...user, ...parseAccess(access) },
    session: { id: session.sessionId, generation: 0, issuedAt, expiresAt },
  }
  return tokens.issue(subject, issuedAt)
}

type Opening = Parameters<typeof open>[1]

async function sendOpening(
  deps: CoreDeps,
  session: Opening,
  renewal: PasswordProof['renewal'],
  language: Language,
) {
  const { config, postman } = deps
  if (config.mail.notifiesOfNewDevices) {
    const mail = mailValues(deps, { language })
    const tries = await triesOf(deps, 'notice', { userId: session.userId })
    const opened = await openAndTell(deps, { ...session, ...NOTHING, ...renewal, ...mail, tries })
    postman.wake()
    return opened
  }
  return renewal ? openAndRenewHash(deps, { ...session, ...renewal }) : open(deps, session)
}

/** No hash is replaced. */
const NOTHING = { oldHash: null, newHash: null }
