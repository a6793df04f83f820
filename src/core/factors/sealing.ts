import { base64url, base64urlBytes } from '../../utils/base64.ts'
import { allKeys, secretBytes } from '../tokens/jwk.ts'
import { derivedBytes, keySetOf } from '../tokens/key-rings.ts'
import type { KeySettings } from '../tokens/settings.ts'
import type { FactorSettings } from './settings.ts'

/** Keeps what the database must not tell. */
export type Sealing = {
  /** Encrypts for one owner and purpose (AES-256-GCM). The result names its key. */
  seal: (secret: Uint8Array<ArrayBuffer>, about: string) => Promise<string>
  /**
   * Decrypts what was sealed about the same. `isOutdated` if another key seals today. Undefined where it was changed, is
   * about something else, or its key is gone.
   */
  open: (sealed: string, about: string) => Promise<Opened | undefined>
  /** The HMACs of a text, by each key; the first is the one to store. */
  macsOf: (text: string) => Promise<[string, ...string[]]>
}

type Opened = { secret: Uint8Array<ArrayBuffer>; isOutdated: boolean }

type Key = { id: string; cipher: CryptoKey; mac: CryptoKey }

const encoder = new TextEncoder()
const KEY_ID_BYTES = 6
/** NIST SP 800-38D section 5.2.1.1. By chance, so that 2^32 seals by one key are safe. */
const IV_BYTES = 12

/** Makes `Sealing` with keys derived from `ENCRYPTION_KEYS`, then from the signing keys. */
export async function createSealing(
  { encryptionKeys }: FactorSettings,
  tokens: KeySettings,
): Promise<Sealing> {
  const secrets = [
    ...encryptionKeys.map((secret) => encoder.encode(secret)),
    ...allKeys(await keySetOf(tokens)).map(secretBytes),
  ]
  const keys = await Promise.all(secrets.map(importKeys))
  const [sealing] = keys
  if (!sealing) throw new Error('sealing needs a key')
  return {
    async seal(secret, about) {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
      const sealed = await crypto.subtle.encrypt(algorithm(iv, about), sealing.cipher, secret)
      return `${sealing.id}.${base64url(iv)}.${base64url(new Uint8Array(sealed))}`
    },
    async open(text, about) {
      const [id, ivText = '', sealedText = ''] = text.split('.')
      const [key, iv, sealed] = [
        keys.find((one) => one.id === id),
        base64urlBytes(ivText),
        base64urlBytes(sealedText),
      ]
      if (!key || !iv || !sealed) return undefined
      try {
        const opened = await crypto.subtle.decrypt(algorithm(iv, about), key.cipher, sealed)
        return { secret: new Uint8Array(opened), isOutdated: key !== sealing }
      } catch {
        return undefined
      }
    },
    async macsOf(text) {
      const macs = keys.map(({ mac }) => crypto.subtle.sign('HMAC', mac, encoder.encode(text)))
      const texts = (await Promise.all(macs)).map((mac) => base64url(new Uint8Array(mac)))
      return texts as [string, ...string[]]
    },
  }
}

async function importKeys(secret: Uint8Array<ArrayBuffer>): Promise<Key> {
  const [id, cipher, mac] = await Promise.all([
    derivedBytes(secret, 'encryption key id'),
    derivedBytes(secret, 'encryption key'),
    derivedBytes(secret, 'factor hmac key'),
  ])
  return {
    id: base64url(id.subarray(0, KEY_ID_BYTES)),
    cipher: await crypto.subtle.importKey('raw', cipher, 'AES-GCM', false, ['encrypt', 'decrypt']),
    mac: await crypto.subtle.importKey('raw', mac, { name: 'HMAC', hash: 'SHA-256' }, false, [
      'sign',
    ]),
  }
}

/** What it is about is authenticated with it, so that no row opens in the place of another. */
function algorithm(iv: Uint8Array<ArrayBuffer>, about: string): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: encoder.encode(about) }
}
