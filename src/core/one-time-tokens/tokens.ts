import { base64url, base64urlBytes } from '../../utils/base64.ts'
import { uuidBytes, uuidOf } from '../../utils/uuid.ts'
import { allKeys } from '../tokens/jwk.ts'
import { derivedKey, type ImportKey, keySetOf } from '../tokens/key-rings.ts'
import type { KeySettings } from '../tokens/settings.ts'
import type { SignedPurpose } from './purposes.ts'

/** The row of a one-time token, and its user. Neither is a secret. */
export type TokenRef = { id: string; userId: string }

/**
 * Signs and reads one-time tokens: the ids of row and user, and an HMAC over them and the purpose. The key is in no
 * database, so that a copy of one opens nothing. A token can be made again at any time, and is the same each time.
 */
export type OneTimeTokens = {
  mint: (purpose: SignedPurpose, ref: TokenRef) => Promise<string>
  /** Returns the ids of a token that was minted for this purpose, or undefined. Only the row says if it still counts. */
  open: (purpose: SignedPurpose, token: string) => Promise<TokenRef | undefined>
}

const UUID_BYTES = 16
const TOKEN = /^([\w-]{43})\.([\w-]{43})$/

/** Makes `OneTimeTokens` with keys derived from the service's signing keys. Those of before a rotation still open. */
export async function createOneTimeTokens(
  settings: KeySettings,
  importKey: ImportKey,
): Promise<OneTimeTokens> {
  const keys = await Promise.all(
    allKeys(await keySetOf(settings)).map(async (key) =>
      importKey(await derivedKey(key, 'one-time token key')),
    ),
  )
  const [signing] = keys
  if (!signing) throw new Error('one-time tokens need a key')
  return {
    async mint(purpose, { id, userId }) {
      const ids = base64url(new Uint8Array([...uuidBytes(id), ...uuidBytes(userId)]))
      return `${ids}.${await signing.sign(signed(purpose, ids))}`
    },
    async open(purpose, token) {
      const [, ids = '', signature = ''] = TOKEN.exec(token) ?? []
      const bytes = base64urlBytes(ids)
      if (bytes?.length !== 2 * UUID_BYTES) return undefined
      for (const key of keys) {
        if (await key.verify(signed(purpose, ids), signature)) {
          return {
            id: uuidOf(bytes.subarray(0, UUID_BYTES)),
            userId: uuidOf(bytes.subarray(UUID_BYTES)),
          }
        }
      }
      return undefined
    },
  }
}

function signed(purpose: SignedPurpose, ids: string): string {
  return `${purpose}.${ids}`
}
