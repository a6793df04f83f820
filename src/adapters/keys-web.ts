import { ALGORITHMS } from '../utils/algorithms.ts'
import type { ImportHmac } from './key-rings.ts'

/** HMAC by WebCrypto; the comparison is the platform's, in constant time. */
export const importHmac: ImportHmac = async (algorithm, kid, secret) => {
  const { hash } = ALGORITHMS[algorithm]
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash }, false, [
    'sign',
    'verify',
  ])
  return {
    kid,
    algorithm,
    sign: async (data) => new Uint8Array(await crypto.subtle.sign('HMAC', key, data)),
    verify: (data, signature) => crypto.subtle.verify('HMAC', key, signature, data),
  }
}
