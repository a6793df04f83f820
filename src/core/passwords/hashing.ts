import {
  type Argon2id,
  type Argon2Parameters,
  formatPhc,
  HASH_BYTES,
  type Phc,
  parsePhc,
} from './phc.ts'

/** The result of checking a password. `outdated` means right, but the stored hash has other parameters than today's. */
export type PasswordVerdict = 'right' | 'outdated' | false

/** The OWASP minimum for Argon2id (ASVS 11.4.2). */
export const PARAMETERS: Argon2Parameters = { memoryKiB: 19_456, iterations: 2, parallelism: 1 }

/** No password has this hash. Verifying against it always fails and costs as much as a real hash. */
const DUMMY = formatPhc({
  parameters: PARAMETERS,
  salt: 'A'.repeat(22),
  hash: 'A'.repeat(43),
})
const HASH_CHARACTERS = Math.ceil((HASH_BYTES * 8) / 6)

const encoder = new TextEncoder()

/** Returns a PHC string with today's parameters and a fresh salt, which any Argon2 implementation can verify. */
export function hashPassword(
  password: string,
  { hash }: Argon2id,
  parameters = PARAMETERS,
): Promise<string> {
  return hash(encoder.encode(password), parameters)
}

/** Compares a password with a stored hash. `null` (an unknown user) takes as long as a hash and is never right. */
export async function verifyPassword(
  phc: string | null,
  password: string,
  { verify }: Argon2id,
  today = PARAMETERS,
): Promise<PasswordVerdict> {
  const stored = phc === null ? undefined : parsePhc(phc)
  const verifying = verify(phc !== null && stored ? phc : DUMMY, encoder.encode(password))
  const isToday = stored !== undefined && isOf(today, stored)
  if (!(await verifying) || !stored) return false
  return isToday ? 'right' : 'outdated'
}

function isOf(today: Argon2Parameters, { parameters, hash }: Phc): boolean {
  return (
    hash.length === HASH_CHARACTERS &&
    parameters.memoryKiB === today.memoryKiB &&
    parameters.iterations === today.iterations &&
    parameters.parallelism === today.parallelism
  )
}
