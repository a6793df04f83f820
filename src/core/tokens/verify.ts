import { AppError } from '../../errors.ts'
import type { CoreDeps } from '../deps.ts'
import type { TokenClaims, TokenType } from './claims.ts'
import type { TokenVerdict } from './tokens.ts'

/** Returns the claims of a verified token of this kind. Throws `token_invalid` or `token_expired`. */
export async function verifyToken(
  deps: Pick<CoreDeps, 'clock' | 'tokens'>,
  token: string,
  type: TokenType,
): Promise<TokenClaims> {
  const verdict = await judge(deps, token, type)
  if (verdict.ok) return verdict.claims
  throw new AppError(verdict.reason === 'expired' ? 'token_expired' : 'token_invalid')
}

/** Asks the database for its time before a clock that may be wrong accepts or refuses a token. */
async function judge(
  { clock, tokens }: Pick<CoreDeps, 'clock' | 'tokens'>,
  token: string,
  type: TokenType,
): Promise<TokenVerdict> {
  const byNow = () => tokens.verify(token, type, clock.now())
  const verdict = await byNow()
  const isDecided = verdict.ok ? clock.isKnown() : verdict.reason === 'invalid'
  if (isDecided) return verdict
  return (await clock.confirm()) ? byNow() : verdict
}
