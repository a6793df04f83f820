import { ALGORITHMS, type Algorithm } from '../core/tokens/algorithms.ts'
import { type PrivateJwk, publicJwk, secretBytes } from '../core/tokens/jwk.ts'
import type { ImportKey } from '../core/tokens/key-rings.ts'
import { base64url, base64urlBytes } from '../utils/base64.ts'

const encoder = new TextEncoder()

type Parameters = {
  import: HmacImportParams | EcKeyImportParams | RsaHashedImportParams | { name: string }
  sign: EcdsaParams | { name: string }
}

/** WebCrypto's names for the algorithms. */
const PARAMETERS: Record<PrivateJwk['kty'], (algorithm: Algorithm) => Parameters> = {
  oct: (algorithm) => ({
    import: { name: 'HMAC', hash: ALGORITHMS[algorithm].hash },
    sign: { name: 'HMAC' },
  }),
  EC: () => ({
    import: { name: 'ECDSA', namedCurve: 'P-256' },
    sign: { name: 'ECDSA', hash: 'SHA-256' },
  }),
  OKP: () => ({ import: { name: 'Ed25519' }, sign: { name: 'Ed25519' } }),
  RSA: () => ({
    import: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    sign: { name: 'RSASSA-PKCS1-v1_5' },
  }),
}

/** Imports keys for WebCrypto, which also compares in constant time. */
export const importKey: ImportKey = async (jwk) => {
  const parameters = PARAMETERS[jwk.kty](jwk.alg)
  const [signing, verifying] = await importPair(jwk, parameters.import)
  return {
    kid: jwk.kid,
    algorithm: jwk.alg,
    sign: async (input) => {
      const data = encoder.encode(input)
      return base64url(new Uint8Array(await crypto.subtle.sign(parameters.sign, signing, data)))
    },
    verify: (input, signature) => {
      const bytes = base64urlBytes(signature)
      if (!bytes) return false
      return crypto.subtle.verify(parameters.sign, verifying, bytes, encoder.encode(input))
    },
  }
}

async function importPair(
  jwk: PrivateJwk,
  algorithm: Parameters['import'],
): Promise<[CryptoKey, CryptoKey]> {
  const { subtle } = crypto
  if (jwk.kty === 'oct') {
    const key = await subtle.importKey('raw', secretBytes(jwk), algorithm, false, [
      'sign',
      'verify',
    ])
    return [key, key]
  }
  const { kid: _kid, alg: _alg, ...key } = jwk
  const { kid: _publicKid, alg: _publicAlg, use: _use, ...publicKey } = { ...publicJwk(jwk) }
  return Promise.all([
    subtle.importKey('jwk', key, algorithm, false, ['sign']),
    subtle.importKey('jwk', publicKey as JsonWebKey, algorithm, false, ['verify']),
  ])
}
