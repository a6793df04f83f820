import { AppError } from '../../../errors.ts'
import { base64url } from '../../../utils/base64.ts'
import type { CoreDeps } from '../../deps.ts'
import type { ChallengeClaims, Once } from '../factor-tokens.ts'
import type { WebauthnSettings } from '../settings.ts'

type Deps = Pick<CoreDeps, 'config' | 'clock' | 'factorTokens'>

/** A challenge for an authenticator, and the token that comes back with its answer. Nothing is stored. */
export type Challenge = { challenge: string; challengeToken: string }

const encoder = new TextEncoder()

/** Makes a challenge for one purpose, good for minutes and once. */
export async function issueChallenge(deps: Deps, claims: ChallengeClaims): Promise<Challenge> {
  const challengeToken = await deps.factorTokens.sign('challenge', claims, deps.clock.now())
  return { challenge: await challengeOf(challengeToken), challengeToken }
}

/**
 * Returns the claims of a challenge that was issued for this purpose, and the challenge itself. Throws `challenge_invalid`
 * for any other, and after it expired. Who accepts an answer to it must spend it.
 */
export async function openChallenge(
  { factorTokens, clock }: Deps,
  challengeToken: string,
  purpose: ChallengeClaims['purpose'],
): Promise<ChallengeClaims & Once & { challenge: string }> {
  const claims = await factorTokens.verify('challenge', challengeToken, clock.now())
  if (claims?.purpose !== purpose) throw new AppError('challenge_invalid')
  return { ...claims, challenge: await challengeOf(challengeToken) }
}

/** Returns where passkeys are used. Throws `passkeys_not_configured` where nothing says so. */
export function webauthnOf({ config }: Pick<CoreDeps, 'config'>): WebauthnSettings {
  const { webauthn } = config.factors
  if (!webauthn) throw new AppError('passkeys_not_configured')
  return webauthn
}

/** The hash of the token, signature and all, so that nobody knows one that was not issued. */
async function challengeOf(challengeToken: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', encoder.encode(challengeToken))
  return base64url(new Uint8Array(hash))
}
