import { base64, base64Bytes } from '../../utils/base64.ts'

/** RFC 9106 parameters. */
export type Argon2Parameters = Readonly<{
  memoryKiB: number
  iterations: number
  parallelism: number
}>

/** Thrown if there is no memory for a hash now. There may be some later. */
export class OutOfMemory extends Error {
  override readonly name = 'OutOfMemory'
}

/** Computes one raw Argon2id (version 0x13) hash. Throws `OutOfMemory`. */
export type DeriveArgon2id = (
  input: Argon2Parameters & {
    password: Uint8Array<ArrayBuffer>
    salt: Uint8Array<ArrayBuffer>
    hashBytes: number
  },
) => Promise<Uint8Array>

/** Argon2id hashes as PHC strings, which every implementation of Argon2 can verify. */
export type Argon2id = {
  /** Returns a hash of 32 bytes with these parameters and a fresh salt of 16 bytes. */
  hash: (password: Uint8Array<ArrayBuffer>, parameters: Argon2Parameters) => Promise<string>
  /** Compares in constant time. Callers pass only hashes that `parsePhc` accepts, because their cost is bounded. */
  verify: (phc: string, password: Uint8Array<ArrayBuffer>) => Promise<boolean>
}

const SALT_BYTES = 16
export const HASH_BYTES = 32

/** Limits the cost of a stored hash. A forged one must not make the service allocate a gigabyte (ASVS 1.4.2). */
const LIMITS = { memoryKiB: 65_536, iterations: 10, parallelism: 8 }
/** Unpadded base64 in canonical form: the unused bits of the last character are zero. */
const BASE64 = '(?:[\\w+/]{4})*(?:[\\w+/][AQgw]|[\\w+/]{2}[AEIMQUYcgkosw048])?'
/** Salts have 8 to 64 bytes, hashes 12 to 64. The lookaheads exclude the underscore, which `\w` would match. */
const PHC = new RegExp(
  `^\\$argon2id\\$v=19\\$m=([1-9]\\d{0,6}),t=([1-9]\\d{0,3}),p=([1-9]\\d{0,2})\\$(?=[^_$]{11,86}\\$)(${BASE64})\\$(?=[^_$]{16,86}$)(${BASE64})$`,
)

/** The parts of a PHC string. Salt and hash are unpadded base64. */
export type Phc = { parameters: Argon2Parameters; salt: string; hash: string }

/** Parses a PHC string. Returns undefined if it is not Argon2id or exceeds the limits. */
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

/** Builds a PHC string from its parts. */
export function formatPhc({ parameters, salt, hash }: Phc): string {
  const { memoryKiB, iterations, parallelism } = parameters
  return `$argon2id$v=19$m=${memoryKiB},t=${iterations},p=${parallelism}$${salt}$${hash}`
}

/** Makes an `Argon2id` from a function that computes raw hashes. */
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
