import type { Algorithm } from '../../src/core/tokens/algorithms.ts'
import { KeySetSchema, type PrivateJwk } from '../../src/core/tokens/jwk.ts'
import type { JwtKey } from '../../src/core/tokens/jwt.ts'
import { base64url } from '../../src/utils/base64.ts'

const GENERATED = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  EdDSA: { name: 'Ed25519' },
  RS256: {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
}

let made = 0

/** A fresh private key for an algorithm, made by WebCrypto alone. */
export async function newKey(alg: Algorithm): Promise<PrivateJwk> {
  const kid = `k${++made}`
  if (alg === 'HS256' || alg === 'HS384' || alg === 'HS512') {
    return { kty: 'oct', alg, kid, k: base64url(crypto.getRandomValues(new Uint8Array(64))) }
  }
  const pair = await crypto.subtle.generateKey(GENERATED[alg], true, ['sign', 'verify'])
  const { privateKey } = pair as CryptoKeyPair
  const jwk = (await crypto.subtle.exportKey('jwk', privateKey)) as JsonWebKey
  // workerd lists members that a key of this kind has not, as undefined.
  const { key_ops: _ops, ext: _ext, ...members } = JSON.parse(JSON.stringify(jwk))
  return KeySetSchema().parse({ current: { ...members, alg, kid } }).current
}

/** Counts what the keys that it is given sign. */
export function signatureCounter() {
  let signatures = 0
  const counted = (key: JwtKey): JwtKey => ({
    ...key,
    sign: (input) => {
      signatures++
      return key.sign(input)
    },
  })
  return { counted, signatures: () => signatures }
}
