import { createECDH, hkdfSync } from 'node:crypto'
import type { KeySet, PrivateJwk } from '../src/core/tokens/jwk.ts'
import { thumbprint } from '../tools/key-set.ts'

/** More bytes than the curve has, so that none of its numbers is likelier than others. */
const SEED_BYTES = 48
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/**
 * Has a service of development sign by ES256, so that an API beside it can verify its tokens by public keys. The keys
 * follow from the secret: the same secret has the same keys, and nothing more is to be kept. What is set goes before.
 */
export function withPublishedKeys(variables: Record<string, string>): Record<string, string> {
  const { JWT_SECRET_KEY: secret, JWT_KEYS, JWT_ALGORITHM } = variables
  if (!secret?.trim() || JWT_KEYS?.trim() || JWT_ALGORITHM?.trim()) return variables
  const keys: KeySet = {
    current: keyOf(secret, 'current'),
    next: keyOf(secret, 'next'),
    previous: [],
  }
  return { ...variables, JWT_ALGORITHM: 'ES256', JWT_KEYS: JSON.stringify(keys) }
}

function keyOf(secret: string, purpose: string): PrivateJwk {
  const seed = Buffer.from(hkdfSync('sha256', secret, '', `development ${purpose}`, SEED_BYTES))
  const number = (BigInt(`0x${seed.toString('hex')}`) % (ORDER - 1n)) + 1n
  const d = Buffer.from(number.toString(16).padStart(64, '0'), 'hex')
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(d)
  const point = curve.getPublicKey()
  const text = (bytes: Buffer) => bytes.toString('base64url')
  const key: PrivateJwk = {
    ...{ kty: 'EC', crv: 'P-256', alg: 'ES256', kid: '' },
    ...{ x: text(point.subarray(1, 33)), y: text(point.subarray(33)), d: text(d) },
  }
  return { ...key, kid: thumbprint(key) }
}
