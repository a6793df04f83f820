import { AppError } from '../../errors.ts'
import type { CoreDeps } from '../deps.ts'
import { unlessRefused } from '../limits/refuse.ts'
import { triesOf } from '../limits/tries.ts'
import type { Entrant } from '../sessions/open.ts'
import { bothProven, type Method, passkeyMethods } from './assurance.ts'
import type { MfaClaims, Once } from './factor-tokens.ts'
import type { OfferedFactor } from './offered.ts'
import { counterHolds } from './passkeys/counter.ts'
import type { StoredPasskey } from './passkeys/verify.ts'
import { type FactorProof, proofOf } from './proofs.ts'
import { countFactor, type FactorAccount } from './read-factor.ts'
import { macsOf } from './recovery-codes.ts'
import { acceptedStep } from './totp.ts'
import type { Use } from './use-steps.ts'

/** The user whose second factor is asked for. */
export type Proving = {
  userId: string
  /** What a log-in has proven before, with its token. Without one it is the user of a live session. */
  first?: MfaClaims & Once
  /** That session, for the audit trail. */
  sessionId?: string
}

export type ProvenFactor = {
  proof: FactorProof
  account: Omit<Entrant, 'counted'> & { usernameKey: string }
  /** Takes back what the try counted for: the door does, or `forgiveTry`. */
  receipt: string
}

/** What was proven, and by what it is used up. */
type Verdict = { use: Use; amr: Method[]; spends?: Once[] }

type Verifier<Kind extends OfferedFactor['kind']> = (
  deps: CoreDeps,
  account: FactorAccount,
  offered: Extract<OfferedFactor, { kind: Kind }>,
) => Promise<Verdict | undefined>

/**
 * Proves a second factor, after a first one or within a live session, in one round trip that counts the try before anything
 * is compared. Throws `factor_refused` for a wrong one, `mfa_token_invalid` where the log-in that it belongs to is over: its
 * token is spent, or its user disabled, gone, or without the sessions of before.
 */
export async function proveFactor(
  deps: CoreDeps,
  { userId, first, sessionId }: Proving,
  offered: OfferedFactor,
): Promise<ProvenFactor> {
  const tries = await triesOf(deps, 'mfa', {
    userId,
    ...(sessionId !== undefined && { sessionId }),
  })
  const counted = await countFactor(deps.db, {
    userId,
    tries,
    spentId: first?.jti ?? null,
    credentialId: offered.kind === 'passkey' ? offered.credential.id : null,
    codeMacs:
      offered.kind === 'recovery_code'
        ? (await macsOf(deps.sealing, userId, offered.code)).join(' ')
        : null,
  })
  const about = { userId, ...(sessionId !== undefined && { sessionId }) }
  const { found: account, receipt } = unlessRefused(deps, counted, { about })
  if (first && (!account || account.isSpent || account.epoch !== first.epoch))
    throw new AppError('mfa_token_invalid')
  if (!account) throw new AppError('token_invalid')
  const verifier = VERIFIERS[offered.kind] as Verifier<OfferedFactor['kind']>
  const verdict = await verifier(deps, account, offered)
  if (!verdict) throw factorRefused(account, about)
  const { use, amr, spends = [] } = verdict
  const proof = proofOf({
    ...{ userId, use },
    aal: 2,
    amr: first ? bothProven(first.amr, amr) : amr,
    spends: first ? [first, ...spends] : spends,
  })
  const { id, username, email, isEmailVerified, epoch, usernameKey } = account
  return { proof, account: { id, username, email, isEmailVerified, epoch, usernameKey }, receipt }
}

/** The refusal of a factor that is wrong, or of none that the user has. */
export function factorRefused(
  { usernameKey }: { usernameKey: string },
  about: { userId: string; sessionId?: string },
): AppError {
  const refusal = { outcome: 'wrong_factor', identifierKey: usernameKey } as const
  return new AppError('factor_refused', { refusal, about })
}

const VERIFIERS: { [Kind in OfferedFactor['kind']]: Verifier<Kind> } = {
  async totp(deps, { id, sealedSecret, lastStep }, { code }) {
    if (sealedSecret === null || lastStep === null) return undefined
    const about = totpAbout(id)
    const opened = await deps.sealing.open(sealedSecret, about)
    if (!opened) {
      deps.logger.error('totp_secret_refused', { user_id: id })
      return undefined
    }
    const { secret, isOutdated } = opened
    const totpStep = await acceptedStep(secret, code, { now: deps.clock.now(), lastStep })
    if (totpStep === undefined) return undefined
    const resealedSecret = isOutdated ? await deps.sealing.seal(secret, about) : null
    return { use: { kind: 'totp', values: { totpStep, resealedSecret } }, amr: ['otp'] }
  },
  async recovery_code(_, { codeMac }) {
    if (codeMac === null) return undefined
    return { use: { kind: 'recovery_code', values: { codeMacs: codeMac } }, amr: ['recovery'] }
  },
  async passkey(deps, account, offered) {
    const { verifyAssertion } = await import('./passkeys/verify.ts')
    const stored = passkeyOf(account)
    const verified = stored && (await verifyAssertion(deps, stored, offered))
    if (!verified || !(await counterHolds(deps, stored, verified))) return undefined
    const { counter, isBackedUp, isUserVerified, once } = verified
    const values = { passkeyId: stored.id, passkeyCounter: String(counter), isBackedUp }
    return {
      use: { kind: 'passkey', values },
      amr: passkeyMethods(stored, isUserVerified),
      spends: [once],
    }
  },
}

function passkeyOf({
  passkeyId: id,
  id: userId,
  ...row
}: FactorAccount): StoredPasskey | undefined {
  const { credentialId, publicKey, counter, isBackupEligible, isSuspended, userHandle } = row
  if (id === null || credentialId === null || publicKey === null) return undefined
  if (counter === null || isBackupEligible === null || isSuspended === null) return undefined
  return {
    ...{ id, userId, credentialId, publicKey, counter },
    ...{ isBackupEligible, isSuspended, userHandle },
  }
}

/** What the secret of an authenticator app is sealed about. */
export function totpAbout(userId: string): string {
  return `totp ${userId}`
}
