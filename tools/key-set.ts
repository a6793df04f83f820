import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { ALGORITHMS, type Algorithm } from '../src/core/tokens/algorithms.ts'
import { type KeySet, KeySetSchema, type PrivateJwk, publicJwk } from '../src/core/tokens/jwk.ts'

const KID_BYTES = 8
const SECRET_BYTES = 64

/** The members of a public key in its thumbprint, in the order of RFC 7638 section 3.2. */
const THUMBPRINT_MEMBERS = { EC: ['crv', 'kty', 'x', 'y'], OKP: ['crv', 'kty', 'x'] } as const
const RSA_THUMBPRINT_MEMBERS = ['e', 'kty', 'n'] as const

/**
 * Makes a key. Its RFC 7638 thumbprint is its name. A shared secret has a random name, because its thumbprint would be
 * its hash.
 */
export function newKey(alg: Algorithm): PrivateJwk {
  if (alg.startsWith('HS')) {
    const kid = randomBytes(KID_BYTES).toString('base64url')
    const k = randomBytes(SECRET_BYTES).toString('base64url')
    return { kty: 'oct', alg: alg as 'HS256', kid, k }
  }
  const jwk = { ...keyPair(alg).export({ format: 'jwk' }), alg, kid: '' } as PrivateJwk
  return { ...jwk, kid: thumbprint(jwk) }
}

function keyPair(alg: Algorithm) {
  if (alg === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  if (alg === 'EdDSA') return generateKeyPairSync('ed25519').privateKey
  const { modulusBits: modulusLength } = ALGORITHMS.RS256
  return generateKeyPairSync('rsa', { modulusLength }).privateKey
}

/** Returns the RFC 7638 thumbprint of a key pair. */
export function thumbprint(key: PrivateJwk): string {
  const shown = publicJwk(key)
  if (!shown || key.kty === 'oct') throw new Error('a shared secret has no public thumbprint')
  const members = key.kty === 'RSA' ? RSA_THUMBPRINT_MEMBERS : THUMBPRINT_MEMBERS[key.kty]
  const json = JSON.stringify(Object.fromEntries(members.map((name) => [name, shown[name]])))
  return createHash('sha256').update(json).digest('base64url')
}

/** Makes a set with a key that signs and the next one, which verifiers know from the first day. */
export function newKeySet(alg: Algorithm): KeySet {
  return { current: newKey(alg), next: newKey(alg), previous: [] }
}

/**
 * Rotates the set: the next key signs, the current one only verifies, and a new one is published. If there is no next
 * key, it only publishes one. Verifiers and other instances must know a key before it signs.
 */
export function rotated(set: KeySet, options: { dropPrevious?: boolean } = {}): KeySet {
  const { current, next } = set
  const kept = options.dropPrevious ? [] : set.previous
  const fresh = newKey(current.alg)
  const turned = next
    ? { current: next, next: fresh, previous: [current, ...kept] }
    : { current, next: fresh, previous: kept }
  const checked = KeySetSchema().safeParse(turned)
  if (checked.success) return turned
  throw new Error('the set would hold too many previous keys; add --drop-previous')
}
