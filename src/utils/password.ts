import { type Argon2id, type Argon2Parameters, formatPhc, HASH_BYTES, parsePhc } from './phc.ts'

/** The OWASP minimum for Argon2id (ASVS 11.4.2). */
export const PARAMETERS: Argon2Parameters = { memoryKiB: 19_456, iterations: 2, parallelism: 1 }

/** No password has this hash: verifying against it costs the same and always fails. */
const DUMMY = formatPhc({
  parameters: PARAMETERS,
  salt: 'A'.repeat(22),
  hash: 'A'.repeat(43),
})
const HASH_CHARACTERS = Math.ceil((HASH_BYTES * 8) / 6)

const encoder = new TextEncoder()

/** Hashes under today's parameters and a fresh salt, as a PHC string that any Argon2 implementation can verify. */
export function hashPassword(
  password: string,
  { hash }: Argon2id,
  parameters = PARAMETERS,
): Promise<string> {
  return hash(encoder.encode(password), parameters)
}

/** True for the right password; `null` (an unknown user) takes as long as a hash would and is never right. */
export async function verifyPassword(
  phc: string | null,
  password: string,
  { verify }: Argon2id,
): Promise<boolean> {
  const isUsable = phc !== null && parsePhc(phc) !== undefined
  const isRight = await verify(isUsable ? phc : DUMMY, encoder.encode(password))
  return isRight && isUsable
}

/** True where a hash was made with other parameters than today's, so that the next log-in should renew it. */
export function isOutdated(phc: string, today = PARAMETERS): boolean {
  const stored = parsePhc(phc)
  if (stored?.hash.length !== HASH_CHARACTERS) return true
  const { memoryKiB, iterations, parallelism } = stored.parameters
  return (
    memoryKiB !== today.memoryKiB ||
    iterations !== today.iterations ||
    parallelism !== today.parallelism
  )
}
