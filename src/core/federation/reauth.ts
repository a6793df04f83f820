import { AppError } from '../../errors.ts'
import { happened } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import { unlessRefused } from '../limits/refuse.ts'
import { triesOf } from '../limits/tries.ts'
import { raiseProofValues } from '../sessions/raise.ts'
import { raiseByProof } from '../sessions/raise-by-proof.ts'
import type { SessionRef } from '../sessions/session.ts'
import { subjectOf } from '../sessions/subject.ts'
import type { SessionTokens } from '../tokens/tokens.ts'
import type { Arrival } from './arrival.ts'
import { proveIdentity } from './prove-identity.ts'
import { countIdentity } from './read-identity.ts'

type Send = (by: CoreDeps, values: object) => ReturnType<typeof raiseByProof.totp>

/**
 * Has the caller's session go on at a sign-in by an identity of the caller, and returns tokens of it. Throws
 * `identity_mismatch` for any other identity, `oauth_code_invalid` for a sign-in that was used before.
 */
export async function reauthenticateByIdentity(
  deps: CoreDeps,
  { userId, sessionId }: SessionRef,
  { profile, once }: Arrival,
  { ip }: { ip: string | null },
): Promise<SessionTokens> {
  const { issuer, subject } = profile
  const tries = await triesOf(deps, 'federated', { ip })
  const asked = { issuer, subject, emailKey: null, codeId: once.jti, tries }
  const { found, receipt } = unlessRefused(deps, await countIdentity(deps.db, asked))
  if (!found || found.isSpent) throw new AppError('oauth_code_invalid')
  const { identityId } = found
  if (identityId === null || found.userId !== userId) throw new AppError('identity_mismatch')
  const proof = proveIdentity({ userId, identityId, profile, spends: [once] })
  const values = { ...raiseProofValues(deps, { userId, sessionId }, proof), receipt }
  const send = raiseByProof.identity as unknown as Send
  const { usedBy, ...raised } = await send(deps, values)
  if (usedBy === null) throw new AppError('oauth_code_invalid')
  if (!happened(raised)) throw new AppError('token_invalid')
  return deps.tokens.issue(subjectOf(sessionId, raised), values.issuedAt)
}
