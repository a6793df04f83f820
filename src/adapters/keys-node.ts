import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type JsonWebKeyInput,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import { ALGORITHMS } from '../utils/algorithms.ts'
import { type PrivateJwk, secretBytes } from '../utils/jwk.ts'
import type { ImportKey } from './key-rings.ts'

/**
 * Keys that work on the calling thread. `crypto.subtle` would queue in libuv's four threads behind the password
 * hashes, where an HMAC was seen to wait 84 ms for 0.01 ms of work.
 */
export const importKey: ImportKey = async (jwk) =>
  jwk.kty === 'oct' ? hmacKey(jwk) : signingKey(jwk)

function hmacKey(jwk: PrivateJwk & { kty: 'oct' }) {
  const key = createSecretKey(secretBytes(jwk))
  const digest = jwk.alg.replace('HS', 'sha')
  const mac = (data: Uint8Array) => new Uint8Array(createHmac(digest, key).update(data).digest())
  return {
    kid: jwk.kid,
    algorithm: jwk.alg,
    sign: mac,
    verify: (data: Uint8Array, signature: Uint8Array) => {
      const expected = mac(data)
      return expected.length === signature.length && timingSafeEqual(expected, signature)
    },
  }
}

function signingKey(jwk: Exclude<PrivateJwk, { kty: 'oct' }>) {
  const input = { key: jwk, format: 'jwk' } as unknown as JsonWebKeyInput
  // JWS wants the two numbers of an ECDSA signature side by side (RFC 7518 section 3.4), not in DER.
  const dsaEncoding = 'ieee-p1363' as const
  const privateKey = { key: createPrivateKey(input), dsaEncoding }
  const publicKey = { key: createPublicKey(privateKey.key), dsaEncoding }
  // Ed25519 hashes by itself and takes no digest.
  const digest = jwk.kty === 'OKP' ? null : ALGORITHMS[jwk.alg].hash.replace('-', '').toLowerCase()
  return {
    kid: jwk.kid,
    algorithm: jwk.alg,
    sign: (data: Uint8Array) => new Uint8Array(sign(digest, data, privateKey)),
    verify: (data: Uint8Array, signature: Uint8Array) => verify(digest, data, publicKey, signature),
  }
}
