import { uuidv7 } from '../../utils/uuid.ts'
import { unixSeconds } from '../tokens/claims.ts'
import { allKeys } from '../tokens/jwk.ts'
import { type JwtClaims, keyRing, signJwt, verifyJwt } from '../tokens/jwt.ts'
import { derivedKey, type ImportKey, keySetOf } from '../tokens/key-rings.ts'
import type { TokenSettings } from '../tokens/settings.ts'
import type { Method } from './assurance.ts'

/** What a log-in has proven that still lacks its second factor. */
export type MfaClaims = {
  userId: string
  /** The user's session epoch then. Whatever ends all sessions voids the token, too. */
  epoch: number
  amr: readonly Method[]
}

/** What a challenge is for: to register a passkey, or to prove one. */
export type ChallengeClaims = {
  purpose: 'register' | 'authenticate'
  /** The user who registers, or undefined for whoever proves one. */
  userId?: string
  /** The handle of a user who registers the first passkey. */
  userHandle?: string
}

/** What is in each kind of token. */
type Claims = { mfa: MfaClaims; challenge: ChallengeClaims }
export type FactorTokenType = keyof Claims

/** A token that works once: its id is to be spent, and kept until it expires. */
export type Once = { jti: string; expiresAt: Date }

/** Signs and verifies tokens that are held by who logs in, while the database knows nothing of them. */
export type FactorTokens = {
  sign: <Type extends FactorTokenType>(
    type: Type,
    claims: Claims[Type],
    now: Date,
  ) => Promise<string>
  /** Returns the claims of a token of this type, and its id, or undefined for any other and after it expired. */
  verify: <Type extends FactorTokenType>(
    type: Type,
    token: string,
    now: Date,
  ) => Promise<(Claims[Type] & Once) | undefined>
}

/** How long both work, for a person to find the phone. */
export const FACTOR_TOKEN_SECONDS = 300

const NOBODY = 'anyone'

/** Makes `FactorTokens`, each type with keys of its own that are derived from the signing keys. */
export async function createFactorTokens(
  tokens: TokenSettings,
  importKey: ImportKey,
): Promise<FactorTokens> {
  const { issuer, audience } = tokens
  const ringOf = async (type: FactorTokenType) => {
    const [first, ...others] = await Promise.all(
      allKeys(await keySetOf(tokens)).map(async (key) =>
        importKey(await derivedKey(key, `${type} token key`)),
      ),
    )
    if (!first) throw new Error('a key ring needs a key')
    return keyRing(`${type}+jwt`, [first, ...others])
  }
  const rings = { mfa: await ringOf('mfa'), challenge: await ringOf('challenge') }
  return {
    async sign(type, { userId, ...claims }, now) {
      const iat = unixSeconds(now)
      const registered = { iss: issuer, aud: audience, sub: userId ?? NOBODY, iat }
      const once = { jti: uuidv7(now.getTime()), exp: iat + FACTOR_TOKEN_SECONDS }
      return signJwt({ ...registered, ...once, ...claims }, rings[type])
    },
    async verify(type, token, now) {
      const expected = { issuer, audience, nowSeconds: unixSeconds(now) }
      const verdict = await verifyJwt(token, rings[type], expected)
      return verdict.ok ? claimsOf(verdict.claims) : undefined
    },
  }
}

/** The signature says that this service wrote them, so that their shape is what it writes. */
function claimsOf({ iss, aud, sub, jti, iat, exp, ...claims }: JwtClaims) {
  return {
    ...claims,
    ...(sub !== NOBODY && { userId: sub }),
    jti,
    expiresAt: new Date(exp * 1000),
  } as never
}
