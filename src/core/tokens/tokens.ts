import {
  claimsOf,
  parseClaims,
  type TokenClaims,
  type TokenSubject,
  type TokenType,
  unixSeconds,
} from './claims.ts'
import type { PublicJwk } from './jwk.ts'
import { signJwt, verifyJwt } from './jwt.ts'
import type { Keys } from './key-rings.ts'
import type { ClaimSettings } from './settings.ts'

/** Issues and verifies tokens. */
export type Tokens = {
  issue: (subject: TokenSubject, now: Date) => Promise<TokenPair>
  /** Checks signature, kind, issuer, audience and times. */
  verify: (token: string, type: TokenType, now: Date) => Promise<TokenVerdict>
  /**
   * The public halves of all key pairs, for services that verify access tokens themselves. Empty for a shared secret.
   */
  publishedKeys: readonly PublicJwk[]
}

export type TokenPair = { accessToken: string; refreshToken: string; expiresInSeconds: number }

export type TokenVerdict =
  | { ok: true; claims: TokenClaims }
  /** `early`: issued in the future, by the verifier's clock. */
  | { ok: false; reason: 'invalid' | 'expired' | 'early' }

/** Makes `Tokens` with one key ring for each kind. */
export function createTokens(settings: ClaimSettings, { rings, published }: Keys): Tokens {
  const { issuer, audience } = settings
  return {
    publishedKeys: published,
    async issue(subject, now) {
      const access = claimsOf(subject, 'access', settings)
      const [accessToken, refreshToken] = await Promise.all([
        signJwt(access, rings.access),
        signJwt(claimsOf(subject, 'refresh', settings), rings.refresh),
      ])
      const expiresInSeconds = Math.max(0, access.exp - unixSeconds(now))
      return { accessToken, refreshToken, expiresInSeconds }
    },
    async verify(token, type, now) {
      const nowSeconds = unixSeconds(now)
      const verdict = await verifyJwt(token, rings[type], { issuer, audience, nowSeconds })
      if (!verdict.ok) return verdict
      const claims = parseClaims(verdict.claims, type)
      return claims ? { ok: true, claims } : { ok: false, reason: 'invalid' }
    },
  }
}
