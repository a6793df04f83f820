import { base64url, base64urlBytes } from '../../utils/base64.ts'
import { isSameText } from '../../utils/same-text.ts'
import { uuidBytes, uuidOf } from '../../utils/uuid.ts'
import { allKeys } from '../tokens/jwk.ts'
import type { JwtKey } from '../tokens/jwt.ts'
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
  /** Signs the id of a row alone, for whoever asked for a code. It tells nothing of a user, nor whether there is one. */
  mintAsked: (id: string) => Promise<string>
  /** Returns the id of a token that `mintAsked` made, or undefined. */
  openAsked: (token: string) => Promise<string | undefined>
  /** The code of a row: six digits, the same each time. It is in no database either. */
  code: (id: string) => Promise<string>
  /** True if the code is that of the row, by any key. Takes as long for any other. */
  isCode: (id: string, code: string) => Promise<boolean>
}

const UUID_BYTES = 16
const TOKEN = /^([\w-]{43})\.([\w-]{43})$/
const ASKED = /^([\w-]{22})\.([\w-]{43})$/
const CODE_DIGITS = 6
/** So many more than the codes that none is likelier than others, by one in a hundred million. */
const CODE_BYTES = 6

/** Makes `OneTimeTokens` with keys derived from the service's signing keys. Those of before a rotation still open. */
export async function createOneTimeTokens(
  settings: KeySettings,
  importKey: ImportKey,
): Promise<OneTimeTokens> {
  const all = allKeys(await keySetOf(settings))
  const derived = (purpose: string) =>
    Promise.all(all.map(async (key) => importKey(await derivedKey(key, purpose))))
  const [keys, codeKeys] = await Promise.all([
    derived('one-time token key'),
    derived('login code key'),
  ])
  const [signing, coding] = [keys[0], codeKeys[0]]
  if (!signing || !coding) throw new Error('one-time tokens need a key')
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
    async mintAsked(id) {
      const row = base64url(new Uint8Array(uuidBytes(id)))
      return `${row}.${await signing.sign(signed('login_code', row))}`
    },
    async openAsked(token) {
      const [, row = '', signature = ''] = ASKED.exec(token) ?? []
      const bytes = base64urlBytes(row)
      if (bytes?.length !== UUID_BYTES) return undefined
      for (const key of keys) {
        if (await key.verify(signed('login_code', row), signature)) return uuidOf(bytes)
      }
      return undefined
    },
    code: (id) => codeBy(coding, id),
    async isCode(id, code) {
      const codes = await Promise.all(codeKeys.map((key) => codeBy(key, id)))
      return codes.map((one) => isSameText(one, code)).includes(true)
    },
  }
}

function signed(purpose: SignedPurpose | 'login_code', ids: string): string {
  return `${purpose}.${ids}`
}

/** Cut from an HMAC (as RFC 4226 section 5.3 does), so that whoever has the row but not the key has no code. */
async function codeBy(key: JwtKey, id: string): Promise<string> {
  const bytes = base64urlBytes(await key.sign(id)) ?? new Uint8Array()
  const number = bytes.subarray(0, CODE_BYTES).reduce((sum, byte) => sum * 256 + byte, 0)
  return String(number % 10 ** CODE_DIGITS).padStart(CODE_DIGITS, '0')
}
