import { AppError } from '../../errors.ts'
import { uuidv7 } from '../../utils/uuid.ts'
import { type Access, parseAccess } from '../access/permissions.ts'
import { happened } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import type { AssuranceLevel } from '../factors/assurance.ts'
import type { FactorProof } from '../factors/proofs.ts'
import { spendValues } from '../factors/use-steps.ts'
import { NONE, triesOf } from '../limits/tries.ts'
import { mailValues, type Requester } from '../outbox/enqueue.ts'
import type { Language } from '../outbox/mails.ts'
import type { PasswordProof } from '../passwords/prove.ts'
import type { TokenSubject } from '../tokens/claims.ts'
import type { SessionTokens } from '../tokens/tokens.ts'
import { OPEN_BY, open, openAndRenewHash, openAndTell } from './opening.ts'
import type { Transport } from './session.ts'

/** The user who logs in, with the session epoch when the account was read, and the receipt of the try that was counted. */
export type Entrant = Omit<TokenSubject['user'], keyof Access> & { epoch: number; counted: string }

/** Who asks for a session, and what shall carry it. */
export type Opener = Requester & { transport: Transport }

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
  { ip, userAgent, language, transport }: Opener,
): Promise<SessionTokens | undefined> {
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
    ...{ ip, userAgent, receipt, aal, transport },
    amr: amr.join(' '),
    mfaPolicy: config.factors.requireMfa,
  }
  const opened = await sendOpening(deps, session, proof, language)
  if (!happened(opened)) return undefined
  const { expiresAt, access, authTime } = opened
  const subject = {
    user: { ...user, ...parseAccess(access) },
    session: {
      ...{ id: session.sessionId, transport, generation: 0, issuedAt, expiresAt, amr, authTime },
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
