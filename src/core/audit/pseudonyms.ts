import { base64url } from '../../utils/base64.ts'
import type { KeySet } from '../tokens/jwk.ts'
import type { JwtKey } from '../tokens/jwt.ts'
import { derivedKey, type ImportKey, keySetOf } from '../tokens/key-rings.ts'
import type { KeySettings } from '../tokens/settings.ts'

/** Names for accounts and addresses in the log: the same for the same, and useless to whoever has no key. */
export type Pseudonyms = {
  /** Of an account, by the canonical form of an identifier. It need not exist. */
  account: (identifierKey: string) => Promise<string>
  /** Of a client, by the canonical form of its address. */
  address: (address: string) => Promise<string>
}

/** 96 bits: more than enough to tell apart whatever a log holds. */
const CHARACTERS = 16

const encoder = new TextEncoder()

/** Makes pseudonyms by HMAC-SHA-256, with a key derived from the service's signing keys for this purpose alone. */
export async function createPseudonyms(
  settings: KeySettings,
  importKey: ImportKey,
): Promise<Pseudonyms> {
  const oldest = oldestOf(await keySetOf(settings))
  const key = await importKey(await derivedKey(oldest, 'pseudonym key'))
  return {
    account: (identifierKey) => pseudonym(key, `account ${identifierKey}`),
    address: (address) => pseudonym(key, `address ${address}`),
  }
}

/** The oldest key outlives rotations, and instances before and after one agree. It leaves the set by `--drop-previous`. */
function oldestOf({ current, previous }: KeySet) {
  return previous.at(-1) ?? current
}

async function pseudonym({ sign }: JwtKey, text: string): Promise<string> {
  // Keys sign ASCII.
  return (await sign(base64url(encoder.encode(text)))).slice(0, CHARACTERS)
}
