import { z } from 'zod'
import { base64url, base64urlBytes } from '../../utils/base64.ts'
import { once } from '../../utils/once.ts'
import { ALGORITHMS, type Algorithm } from './algorithms.ts'

/** Private keys as JWKs (RFC 7517, RFC 8037), one shape for each key type of `ALGORITHMS`. */
function jwkSchema() {
  const encoded = z.string().refine((value) => value !== '' && base64urlBytes(value) !== undefined)
  const named = { kid: z.string().min(1).max(100) }
  return z.discriminatedUnion('kty', [
    z.strictObject({
      ...named,
      kty: z.literal('oct'),
      alg: z.enum(['HS256', 'HS384', 'HS512']),
      k: encoded,
    }),
    z.strictObject({
      ...named,
      kty: z.literal('EC'),
      alg: z.literal('ES256'),
      crv: z.literal('P-256'),
      x: encoded,
      y: encoded,
      d: encoded,
    }),
    z.strictObject({
      ...named,
      kty: z.literal('OKP'),
      alg: z.literal('EdDSA'),
      crv: z.literal('Ed25519'),
      x: encoded,
      d: encoded,
    }),
    z.strictObject({
      ...named,
      kty: z.literal('RSA'),
      alg: z.literal('RS256'),
      n: encoded,
      e: encoded,
      d: encoded,
      p: encoded,
      q: encoded,
      dp: encoded,
      dq: encoded,
      qi: encoded,
    }),
  ])
}

export type PrivateJwk = z.infer<ReturnType<typeof jwkSchema>>
export type PublicJwk = { kid: string; alg: Algorithm; use: 'sig'; kty: string } & Record<
  string,
  string
>

/**
 * The keys that sign and verify tokens. `next` is published but does not sign yet, so that verifiers know it in
 * advance. `previous` keys no longer sign. What they signed stays valid until it expires.
 */
export type KeySet = { current: PrivateJwk; next?: PrivateJwk | undefined; previous: PrivateJwk[] }

/** Every key of the set, the signing one first. */
export function allKeys({ current, next, previous }: KeySet): PrivateJwk[] {
  return [current, ...(next ? [next] : []), ...previous]
}

/**
 * Parses a key set. Refuses a repeated kid and a key too short for its algorithm (RFC 7518 sections 3.2, 3.3). It is
 * built on first use, because most services configure one shared secret instead.
 */
export const KeySetSchema = once((): z.ZodType<KeySet> => {
  const jwk = jwkSchema()
  return z
    .strictObject({
      current: jwk,
      next: jwk.optional(),
      previous: z.array(jwk).max(10).default([]),
    })
    .refine((set) => new Set(allKeys(set).map((key) => key.kid)).size === allKeys(set).length)
    .refine((set) => allKeys(set).every(isStrongEnough))
})

/** Returns the public half of a key pair, or undefined for a shared secret (RFC 7517 section 9.3). */
export function publicJwk(key: PrivateJwk): PublicJwk | undefined {
  const { kid, alg, kty } = key
  const common = { kid, alg, kty, use: 'sig' as const }
  if (key.kty === 'EC') return { ...common, crv: key.crv, x: key.x, y: key.y }
  if (key.kty === 'OKP') return { ...common, crv: key.crv, x: key.x }
  if (key.kty === 'RSA') return { ...common, n: key.n, e: key.e }
  return undefined
}

/** Returns the private part of a key, from which keys for other purposes are derived. */
export function secretBytes(key: PrivateJwk): Uint8Array<ArrayBuffer> {
  return base64urlBytes(key.kty === 'oct' ? key.k : key.d) ?? new Uint8Array()
}

/** Returns a shared secret as a JWK. */
export function secretJwk(
  secret: string,
  alg: 'HS256' | 'HS384' | 'HS512',
  kid: string,
): PrivateJwk {
  return { kty: 'oct', alg, kid, k: base64url(new TextEncoder().encode(secret)) }
}

function isStrongEnough(key: PrivateJwk): boolean {
  if (key.kty === 'oct') return secretBytes(key).length >= ALGORITHMS[key.alg].minSecretBytes
  if (key.kty === 'RSA') {
    return (base64urlBytes(key.n)?.length ?? 0) * 8 >= ALGORITHMS.RS256.modulusBits
  }
  return true
}
