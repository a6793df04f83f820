import { base64, base64Bytes } from './base64.ts'

/** RFC 9106 parameters; the OWASP minimum for Argon2id is m = 19456 KiB, t = 2, p = 1 (ASVS 11.4.2). */
export type Argon2Parameters = Readonly<{
  memoryKiB: number
  iterations: number
  parallelism: number
}>

/** Computes one raw Argon2id (version 0x13) hash; what differs between runtimes. */
export type DeriveArgon2id = (
  input: Argon2Parameters & {
    password: Uint8Array<ArrayBuffer>
    salt: Uint8Array<ArrayBuffer>
    hashBytes: number
  },
) => Promise<Uint8Array>

export const PARAMETERS: Argon2Parameters = { memoryKiB: 19_456, iterations: 2, parallelism: 1 }
const SALT_BYTES = 16
const HASH_BYTES = 32

/** A stored hash is data too: whoever can write one must not be able to ask for a gigabyte (ASVS 1.4.2). */
const LIMITS = { memoryKiB: 65_536, iterations: 10, parallelism: 8, bytes: 64 }
const PHC =
  /^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d{0,3}),p=([1-9]\d{0,2})\$([A-Za-z0-9+/]{11,90})\$([A-Za-z0-9+/]{16,90})$/

type ParsedHash = Argon2Parameters & {
  salt: Uint8Array<ArrayBuffer>
  hash: Uint8Array<ArrayBuffer>
}

/** No password has this hash: verifying against it costs the same and always fails. */
const DUMMY: ParsedHash = {
  ...PARAMETERS,
  salt: new Uint8Array(SALT_BYTES),
  hash: new Uint8Array(HASH_BYTES),
}

const encoder = new TextEncoder()

/** Hashes under today's parameters and a fresh salt, as a PHC string that any Argon2 implementation can verify. */
export async function hashPassword(
  password: string,
  derive: DeriveArgon2id,
  parameters = PARAMETERS,
): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES))
  const hash = await derive({
    ...parameters,
    password: encoder.encode(password),
    salt,
    hashBytes: HASH_BYTES,
  })
  const { memoryKiB, iterations, parallelism } = parameters
  return `$argon2id$v=19$m=${memoryKiB},t=${iterations},p=${parallelism}$${base64(salt)}$${base64(hash)}`
}

/** Compares in constant time; `null` (an unknown user) takes as long as a hash would and is never right. */
export async function verifyPassword(
  phc: string | null,
  password: string,
  derive: DeriveArgon2id,
): Promise<boolean> {
  const stored = (phc === null ? undefined : parsePhc(phc)) ?? DUMMY
  const { hash, ...parameters } = stored
  const derived = await derive({
    ...parameters,
    password: encoder.encode(password),
    hashBytes: hash.length,
  })
  return equalBytes(derived, hash) && stored !== DUMMY
}

/** True where a hash was made with other parameters than today's, so that the next log-in should renew it. */
export function isOutdated(phc: string, parameters = PARAMETERS): boolean {
  const stored = parsePhc(phc)
  return (
    stored === undefined ||
    stored.memoryKiB !== parameters.memoryKiB ||
    stored.iterations !== parameters.iterations ||
    stored.parallelism !== parameters.parallelism ||
    stored.hash.length !== HASH_BYTES
  )
}

function parsePhc(phc: string): ParsedHash | undefined {
  const [, m, t, p, salt, hash] = PHC.exec(phc) ?? []
  if (!m || !t || !p || !salt || !hash) return undefined
  const parsed = {
    memoryKiB: Number(m),
    iterations: Number(t),
    parallelism: Number(p),
    salt: base64Bytes(salt),
    hash: base64Bytes(hash),
  }
  const affordable =
    parsed.memoryKiB <= LIMITS.memoryKiB &&
    parsed.memoryKiB >= 8 * parsed.parallelism &&
    parsed.iterations <= LIMITS.iterations &&
    parsed.parallelism <= LIMITS.parallelism &&
    parsed.salt.length <= LIMITS.bytes &&
    parsed.hash.length <= LIMITS.bytes
  return affordable ? parsed : undefined
}

function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length
  for (let at = 0; at < other.length; at++) difference |= (one[at] ?? 0) ^ (other[at] ?? 0)
  return difference === 0
}
