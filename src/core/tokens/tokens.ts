import type { Grant, LikelyGrant, TokenPair, Tokens, TokenType } from '../../deps.ts'
import { type JwtClaims, signJwt, verifyJwt } from './jwt.ts'
import type { Keys } from './key-rings.ts'
import type { TokenSettings } from './settings.ts'

type Signed = { accessToken: string; refreshToken: string; expiresAtSeconds: number }

const NEVER = new Date(8.64e15)

/** Issues and verifies tokens with one key ring for each purpose. */
export function createTokens(
  { issuer, audience, accessLifetimeSeconds, refreshLifetimeSeconds }: TokenSettings,
  { rings, published }: Keys,
): Tokens {
  const lifetimeSeconds = { access: accessLifetimeSeconds, refresh: refreshLifetimeSeconds }
  const longestSeconds = Math.max(accessLifetimeSeconds, refreshLifetimeSeconds)

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

  async function sign(grant: Grant): Promise<Signed> {
    const access = claimsOf(grant, 'access')
    const [accessToken, refreshToken] = await Promise.all([
      signJwt(access, rings.access),
      signJwt(claimsOf(grant, 'refresh'), rings.refresh),
    ])
    return { accessToken, refreshToken, expiresAtSeconds: access.exp }
  }

  /** True where `claimsOf` says the same of both; the session's end was taken to be far. */
  function isAsLikely({ user, session }: Grant, likely: LikelyGrant): boolean {
    return (
      user.id === likely.user.id &&
      user.username === likely.user.username &&
      user.email === likely.user.email &&
      session.id === likely.session.id &&
      session.generation === likely.session.generation &&
      seconds(session.issuedAt) === seconds(likely.session.issuedAt) &&
      seconds(session.expiresAt) >= seconds(session.issuedAt) + longestSeconds
    )
  }

  return {
    publishedKeys: published,
    issue: async (grant, now) => pairOf(await sign(grant), now),
    prepare(likely) {
      const session = { ...likely.session, expiresAt: NEVER }
      const signing = sign({ user: likely.user, session })
      // Where nothing is granted nobody waits for it.
      signing.catch(() => {})
      return async (grant, now) =>
        pairOf(await (isAsLikely(grant, likely) ? signing : sign(grant)), now)
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

function pairOf({ expiresAtSeconds, ...tokens }: Signed, now: Date): TokenPair {
  return { ...tokens, expiresInSeconds: Math.max(0, expiresAtSeconds - seconds(now)) }
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
