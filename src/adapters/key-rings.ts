import type { Config } from '../config.ts'
import type { TokenType } from '../deps.ts'
import { base64url } from '../utils/base64.ts'
import type { JwtKey, KeyRing } from '../utils/jwt.ts'

export type HmacAlgorithm = 'HS256' | 'HS384' | 'HS512'

/** Makes a key from a secret with the runtime's own cryptography. */
export type ImportHmac = (
  algorithm: HmacAlgorithm,
  kid: string,
  secret: Uint8Array<ArrayBuffer>,
) => Promise<JwtKey>

const encoder = new TextEncoder()
const KID_BYTES = 8

/** One ring for each kind of token. Refresh tokens, which only this service reads, have a key derived for them alone. */
export async function createKeyRings(
  { algorithm, secretKey }: Config['tokens'],
  importHmac: ImportHmac,
): Promise<Record<TokenType, KeyRing>> {
  const secret = encoder.encode(secretKey)
  const refreshSecret = await derived(secret, 'refresh token key')
  const kid = base64url((await derived(secret, 'key id')).subarray(0, KID_BYTES))
  return {
    access: ringOf(await importHmac(algorithm as HmacAlgorithm, kid, secret)),
    refresh: ringOf(await importHmac('HS256', kid, refreshSecret)),
  }
}

function ringOf(current: JwtKey): KeyRing {
  return { current, byKid: new Map([[current.kid, current]]) }
}

/** HKDF (RFC 5869) with the purpose as its info: knowing one derived value tells nothing of another or of the secret. */
async function derived(
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
