import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { ALGORITHMS, type Algorithm } from '../src/core/tokens/algorithms.ts'
import { type KeySet, KeySetSchema, type PrivateJwk, publicJwk } from '../src/core/tokens/jwk.ts'

const KID_BYTES = 8
const SECRET_BYTES = 64

/** The members of a public key that make its thumbprint, in the order that RFC 7638 section 3.2 asks for. */
const THUMBPRINT_MEMBERS = { EC: ['crv', 'kty', 'x', 'y'], OKP: ['crv', 'kty', 'x'] } as const
const RSA_THUMBPRINT_MEMBERS = ['e', 'kty', 'n'] as const

/** A fresh key, named by its RFC 7638 thumbprint; a shared secret by chance, for its thumbprint would be its hash. */
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

/** The RFC 7638 thumbprint of a pair. */
export function thumbprint(key: PrivateJwk): string {
  const shown = publicJwk(key)
  if (!shown || key.kty === 'oct') throw new Error('a shared secret has no public thumbprint')
  const members = key.kty === 'RSA' ? RSA_THUMBPRINT_MEMBERS : THUMBPRINT_MEMBERS[key.kty]
  const json = JSON.stringify(Object.fromEntries(members.map((name) => [name, shown[name]])))
  return createHash('sha256').update(json).digest('base64url')
}

/** A key that signs, and the one that will, known to verifiers from the first day. */
export function newKeySet(alg: Algorithm): KeySet {
  return { current: newKey(alg), next: newKey(alg), previous: [] }
}

/**
 * One step on: the next key signs, the current one only verifies, a fresh one is published. Where none was published
 * yet, publishing one is the whole step: verifiers and other instances must know a key before it signs.
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
