import type { Config } from '../config.ts'
import type { Grant, Tokens, TokenType } from '../deps.ts'
import { type JwtClaims, signJwt, verifyJwt } from '../utils/jwt.ts'
import type { Keys } from './key-rings.ts'

/** Issues and verifies tokens with one key ring for each purpose. */
export function createTokens(
  { issuer, audience, accessLifetimeSeconds, refreshLifetimeSeconds }: Config['tokens'],
  { rings, published }: Keys,
): Tokens {
  const lifetimeSeconds = { access: accessLifetimeSeconds, refresh: refreshLifetimeSeconds }

  /** Everything in a token follows from the grant, so that issuing twice gives one token, not two. */
  function claimsOf({ user, session }: Grant, type: TokenType): JwtClaims {
    const iat = seconds(session.issuedAt)
    return {
      iss: issuer,
      aud: audience,
      sub: user.id,
      user_id: user.id,
      username: user.username,
      email: user.email,
      token_type: type,
      sid: session.id,
      gen: session.generation,
      jti: `${session.id}.${session.generation}.${type}`,
      iat,
      exp: Math.min(iat + lifetimeSeconds[type], seconds(session.expiresAt)),
    }
  }

  return {
    publishedKeys: published,
    async issue(grant, now) {
      const access = claimsOf(grant, 'access')
      const [accessToken, refreshToken] = await Promise.all([
        signJwt(access, rings.access),
        signJwt(claimsOf(grant, 'refresh'), rings.refresh),
      ])
      return { accessToken, refreshToken, expiresInSeconds: Math.max(0, access.exp - seconds(now)) }
    },
    async verify(token, type, now) {
      const verdict = await verifyJwt(token, rings[type], {
        issuer,
        audience,
        nowSeconds: seconds(now),
      })
      return verdict.ok && verdict.claims.token_type !== type
        ? { ok: false, reason: 'invalid' }
        : verdict
    },
  }
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
