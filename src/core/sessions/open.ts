import type { Database } from '../../database/index.ts'
import { instant } from '../../database/instants.ts'
import type { Placeholders } from '../../database/params.ts'
import { uuidv7 } from '../../utils/uuid.ts'
import { happened, type Step, stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import type { PasswordProof } from '../passwords/prove.ts'
import { hashReplaced } from '../passwords/steps.ts'
import type { TokenSubject } from '../tokens/claims.ts'
import type { TokenPair } from '../tokens/tokens.ts'
import {
  type Entered,
  OPEN_PARAMS,
  sessionOpened,
  surplusEnded,
  userEntered,
} from './open-steps.ts'
import type { Client } from './session.ts'

/** Opens a session, counts the log-in and ends surplus sessions, all in one atomic statement. */
function opening(
  db: Database,
  p: Placeholders<typeof OPEN_PARAMS>,
  alsoFor: (entered: Entered) => Step[] = () => [],
) {
  const entered = userEntered(db, p)
  const ended = surplusEnded(db, entered, p.maxOthers)
  const opened = sessionOpened(db, entered, p)
  return {
    steps: [entered, ...alsoFor(entered), ended, opened],
    records: { event: 'session_opened', of: opened },
    answers: { from: [opened], columns: { expiresAt: instant(opened.expiresAt) } },
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

/** The user who logs in, with the session epoch when the account was read. */
export type Entrant = TokenSubject['user'] & { epoch: number }

/**
 * The only function that opens a session. It changes nothing and returns undefined if the account has changed since it
 * was read. Such a change is a new password, the end of all sessions, a disabled account or too many concurrent
 * log-ins.
 */
export async function openSession(
  { config, db, clock, tokens }: CoreDeps,
  { epoch, ...user }: Entrant,
  { renewal }: PasswordProof,
  client: Client,
): Promise<TokenPair | undefined> {
  const issuedAt = clock.now()
  const session = {
    sessionId: uuidv7(issuedAt.getTime()),
    userId: user.id,
    epoch,
    issuedAt,
    idleSeconds: config.tokens.refreshLifetimeSeconds,
    lifetimeSeconds: config.sessions.lifetimeSeconds,
    maxOthers: config.sessions.maxPerUser - 1,
    ...client,
  }
  const opened = renewal
    ? await openAndRenewHash(db, { ...session, ...renewal })
    : await open(db, session)
  if (!happened(opened)) return undefined
  const { expiresAt } = opened
  const subject = { user, session: { id: session.sessionId, generation: 0, issuedAt, expiresAt } }
  return tokens.issue(subject, issuedAt)
}
