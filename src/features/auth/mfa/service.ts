import type { OfferedFactor } from '../../../core/factors/offered.ts'
import { proveFactor } from '../../../core/factors/prove.ts'
import { type Opener, openSession } from '../../../core/sessions/open.ts'
import type { SessionTokens } from '../../../core/tokens/tokens.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'

/**
 * Opens the session of a log-in whose second factor is right, in two round trips. A wrong factor leaves the token as it
 * was. Throws `mfa_token_invalid` for a token that is over, and where the account changed or something was used up
 * meanwhile: then the log-in begins anew.
 */
export async function verifyMfa(
  deps: Deps,
  mfaToken: string,
  offered: OfferedFactor,
  opener: Opener,
): Promise<SessionTokens> {
  const first = await deps.factorTokens.verify('mfa', mfaToken, deps.clock.now())
  if (!first) throw new AppError('mfa_token_invalid')
  const { userId } = first
  const { proof, account, receipt } = await proveFactor(deps, { userId, first }, offered)
  const entrant = { ...account, epoch: first.epoch, counted: receipt }
  const tokens = await openSession(deps, entrant, proof, opener)
  if (!tokens) throw new AppError('mfa_token_invalid')
  return tokens
}
