import { base64url } from '../../utils/base64.ts'
import type { TokenType } from './claims.ts'
import {
  allKeys,
  type KeySet,
  type PrivateJwk,
  type PublicJwk,
  publicJwk,
  secretBytes,
  secretJwk,
} from './jwk.ts'
import { type JwtKey, type KeyRing, keyRing } from './jwt.ts'
import type { KeySettings } from './settings.ts'

/** Imports a private JWK as a key that signs and verifies, with the runtime's own cryptography. */
export type ImportKey = (jwk: PrivateJwk) => Promise<JwtKey>

/** A key ring for each kind of token, and the public keys. */
export type Keys = { rings: Record<TokenType, KeyRing>; published: readonly PublicJwk[] }

/**
 * Media types of the kinds of token. None passes for another, whatever key signed it (RFC 8725 section 3.11).
 */
const TYP: Record<TokenType, string> = { access: 'at+jwt', refresh: 'rt+jwt', cookie: 'ct+jwt' }

const encoder = new TextEncoder()
const KID_BYTES = 8

/**
 * Imports the keys of all kinds of token. The configured keys sign access tokens. Keys derived from them sign those that
 * only this service reads. So a verifier of access tokens cannot accept a refresh token or a cookie.
 */
export async function importKeys(tokens: KeySettings, importKey: ImportKey): Promise<Keys> {
  const keys = allKeys(await keySetOf(tokens))
  const derived = (purpose: string) =>
    Promise.all(keys.map(async (key) => importKey(await derivedKey(key, purpose))))
  const [access, refresh, cookie] = await Promise.all([
    Promise.all(keys.map(importKey)),
    derived('refresh token key'),
    derived('session cookie key'),
  ])
  return {
    rings: {
      access: ringOf('access', access),
      refresh: ringOf('refresh', refresh),
      cookie: ringOf('cookie', cookie),
    },
    published: keys.map(publicJwk).filter((key) => key !== undefined),
  }
}

/** The configured key set, or the one that the shared secret stands for. */
export async function keySetOf(settings: KeySettings): Promise<KeySet> {
  return settings.keySet ?? keySetFromSecret(settings)
}

/**
 * Makes a key set from `JWT_SECRET_KEY`. Its kid is derived from the secret, so that a set built from it recognizes its
 * tokens.
 */
export async function keySetFromSecret({
  algorithm,
  secretKey,
}: Pick<KeySettings, 'algorithm' | 'secretKey'>): Promise<KeySet> {
  const secret = secretKey ?? ''
  const kid = base64url(
    (await derivedBytes(encoder.encode(secret), 'key id')).subarray(0, KID_BYTES),
  )
  return { current: secretJwk(secret, algorithm as 'HS256', kid), previous: [] }
}

/** Derives a secret for one purpose from a key of any kind. */
export async function derivedKey(key: PrivateJwk, purpose: string): Promise<PrivateJwk> {
  const k = base64url(await derivedBytes(secretBytes(key), purpose))
  return { kty: 'oct', alg: 'HS256', kid: key.kid, k }
}

function ringOf(type: TokenType, [current, ...others]: readonly JwtKey[]): KeyRing {
  if (!current) throw new Error('a key ring needs a key')
  return keyRing(TYP[type], [current, ...others])
}

/**
 * Derives bytes by HKDF (RFC 5869) with the purpose as info. One derived value reveals neither another nor the secret.
 */
export async function derivedBytes(
  secret: Uint8Array<ArrayBuffer>,
  purpose: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits'])
  const info = encoder.encode(`edge-auth ${purpose}`)
  const bits = await crypto.subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info },
    key,
    256,
  )
  return new Uint8Array(bits)
}
