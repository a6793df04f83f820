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
import { ALGORITHMS } from '../core/tokens/algorithms.ts'
import { type PrivateJwk, secretBytes } from '../core/tokens/jwk.ts'
import type { JwtKey } from '../core/tokens/jwt.ts'
import type { ImportKey } from '../core/tokens/key-rings.ts'
import { base64urlBytes } from '../utils/base64.ts'

/**
 * Imports keys that work on the calling thread. `crypto.subtle` would queue in libuv's four threads behind the password
 * hashes. There an HMAC was seen to wait 84 ms for 0.01 ms of work.
 */
export const importKey: ImportKey = async (jwk) =>
  jwk.kty === 'oct' ? hmacKey(jwk) : signingKey(jwk)

function hmacKey(jwk: PrivateJwk & { kty: 'oct' }): JwtKey {
  const key = createSecretKey(secretBytes(jwk))
  const digest = jwk.alg.replace('HS', 'sha')
  const mac = (input: string) => createHmac(digest, key).update(input, 'latin1').digest('base64url')
  return {
    kid: jwk.kid,
    algorithm: jwk.alg,
    sign: mac,
    verify: (input, signature) => {
      const expected = Buffer.from(mac(input))
      // As UTF-8: `latin1` would cut other characters to bytes that may be the right ones.
      const given = Buffer.from(signature)
      return given.length === expected.length && timingSafeEqual(expected, given)
    },
  }
}

function signingKey(jwk: Exclude<PrivateJwk, { kty: 'oct' }>): JwtKey {
  const input = { key: jwk, format: 'jwk' } as unknown as JsonWebKeyInput
  // JWS needs the two numbers of an ECDSA signature side by side (RFC 7518 section 3.4), not in DER.
  const dsaEncoding = 'ieee-p1363' as const
  const privateKey = { key: createPrivateKey(input), dsaEncoding }
  const publicKey = { key: createPublicKey(privateKey.key), dsaEncoding }
  // Ed25519 hashes by itself and takes no digest.
  const digest = jwk.kty === 'OKP' ? null : ALGORITHMS[jwk.alg].hash.replace('-', '').toLowerCase()
  return {
    kid: jwk.kid,
    algorithm: jwk.alg,
    sign: (data) => sign(digest, Buffer.from(data, 'latin1'), privateKey).toString('base64url'),
    verify: (data, signature) => {
      const bytes = base64urlBytes(signature)
      return bytes !== undefined && verify(digest, Buffer.from(data, 'latin1'), publicKey, bytes)
    },
  }
}
