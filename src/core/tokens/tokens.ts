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
  /** Gives the tokens of the session's transport. */
  issue: (subject: TokenSubject, now: Date) => Promise<SessionTokens>
  issueAccess: (subject: TokenSubject, now: Date) => Promise<AccessToken>
  /** Checks signature, kind, issuer, audience and times. */
  verify: (token: string, type: TokenType, now: Date) => Promise<TokenVerdict>
  /**
   * The public halves of all key pairs, for services that verify access tokens themselves. Empty for a shared secret.
   */
  publishedKeys: readonly PublicJwk[]
}

export type AccessToken = { accessToken: string; expiresInSeconds: number }

/** What a session is carried by: a refresh token in the page's keeping, or a cookie that no script reads. */
export type SessionTokens = AccessToken &
  ({ refreshToken: string } | { sessionToken: string; sessionExpiresInSeconds: number })

export type TokenVerdict =
  | { ok: true; claims: TokenClaims }
  /** `early`: issued in the future, by the verifier's clock. */
  | { ok: false; reason: 'invalid' | 'expired' | 'early' }

/** The token that outlives access tokens, by the session's transport. */
const LONG_LIVED = { bearer: 'refresh', cookie: 'cookie' } as const

/** Makes `Tokens` with one key ring for each kind. */
export function createTokens(settings: ClaimSettings, { rings, published }: Keys): Tokens {
  const { issuer, audience } = settings
  async function sign(subject: TokenSubject, type: TokenType, now: Date) {
    const claims = claimsOf(subject, type, settings)
    const expiresInSeconds = Math.max(0, claims.exp - unixSeconds(now))
    return { token: await signJwt(claims, rings[type]), expiresInSeconds }
  }
  async function issueAccess(subject: TokenSubject, now: Date): Promise<AccessToken> {
    const { token: accessToken, expiresInSeconds } = await sign(subject, 'access', now)
    return { accessToken, expiresInSeconds }
  }
  return {
    publishedKeys: published,
    issueAccess,
    async issue(subject, now) {
      const type = LONG_LIVED[subject.session.transport]
      const [access, { token, expiresInSeconds }] = await Promise.all([
        issueAccess(subject, now),
        sign(subject, type, now),
      ])
      return type === 'refresh'
        ? { ...access, refreshToken: token }
        : { ...access, sessionToken: token, sessionExpiresInSeconds: expiresInSeconds }
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
