import { base64, base64Bytes } from '../../utils/base64.ts'

/** RFC 9106 parameters. */
export type Argon2Parameters = Readonly<{
  memoryKiB: number
  iterations: number
  parallelism: number
}>

/** Computes one raw Argon2id (version 0x13) hash. */
export type DeriveArgon2id = (
  input: Argon2Parameters & {
    password: Uint8Array<ArrayBuffer>
    salt: Uint8Array<ArrayBuffer>
    hashBytes: number
  },
) => Promise<Uint8Array>

/** Argon2id hashes as PHC strings, which every implementation of Argon2 can verify. */
export type Argon2id = {
  /** A hash under these parameters and a fresh salt of 16 bytes; the hash has 32. */
  hash: (password: Uint8Array<ArrayBuffer>, parameters: Argon2Parameters) => Promise<string>
  /** Compares in constant time. For hashes that `parsePhc` accepts, whose costs are bounded. */
  verify: (phc: string, password: Uint8Array<ArrayBuffer>) => Promise<boolean>
}

const SALT_BYTES = 16
export const HASH_BYTES = 32

/** A stored hash is data too: whoever can write one must not be able to ask for a gigabyte (ASVS 1.4.2). */
const LIMITS = { memoryKiB: 65_536, iterations: 10, parallelism: 8 }
/** Unpadded base64 in its one spelling: no character beyond whole groups but those that end on whole bytes. */
const BASE64 = '(?:[\\w+/]{4})*(?:[\\w+/][AQgw]|[\\w+/]{2}[AEIMQUYcgkosw048])?'
/** Salts of 8 to 64 bytes, hashes of 12 to 64; neither may hold an underscore. */
const PHC = new RegExp(
  `^\\$argon2id\\$v=19\\$m=([1-9]\\d{0,6}),t=([1-9]\\d{0,3}),p=([1-9]\\d{0,2})\\$(?=[^_$]{11,86}\\$)(${BASE64})\\$(?=[^_$]{16,86}$)(${BASE64})$`,
)

/** A PHC string taken apart; salt and hash in unpadded base64. */
export type Phc = { parameters: Argon2Parameters; salt: string; hash: string }

/** Takes a PHC string apart; undefined for one that is none of Argon2id or asks for too much. */
export function parsePhc(phc: string): Phc | undefined {
  const [, m, t, p, salt, hash] = PHC.exec(phc) ?? []
  if (!m || !t || !p || !salt || !hash) return undefined
  const memoryKiB = Number(m)
  const iterations = Number(t)
  const parallelism = Number(p)
  const isAffordable =
    memoryKiB <= LIMITS.memoryKiB &&
    memoryKiB >= 8 * parallelism &&
    iterations <= LIMITS.iterations &&
    parallelism <= LIMITS.parallelism
  return isAffordable
    ? { parameters: { memoryKiB, iterations, parallelism }, salt, hash }
    : undefined
}

/** A PHC string out of its parts. */
export function formatPhc({ parameters, salt, hash }: Phc): string {
  const { memoryKiB, iterations, parallelism } = parameters
  return `$argon2id$v=19$m=${memoryKiB},t=${iterations},p=${parallelism}$${salt}$${hash}`
}

/** PHC strings over a bare Argon2id. */
export function argon2idOver(derive: DeriveArgon2id): Argon2id {
  return {
    async hash(password, parameters) {
      const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES))
      const hash = await derive({ ...parameters, password, salt, hashBytes: HASH_BYTES })
      return formatPhc({ parameters, salt: base64(salt), hash: base64(hash) })
    },
    async verify(phc, password) {
      const stored = parsePhc(phc)
      if (!stored) return false
      const hash = base64Bytes(stored.hash)
      const salt = base64Bytes(stored.salt)
      const input = { ...stored.parameters, password, salt, hashBytes: hash.length }
      return equalBytes(await derive(input), hash)
    },
  }
}

function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length
  for (let at = 0; at < other.length; at++) difference |= (one[at] ?? 0) ^ (other[at] ?? 0)
  return difference === 0
}
