import { AppError, type AppErrorOptions } from '../../errors.ts'
import type { CoreDeps } from '../deps.ts'
import type { Proven } from '../factors/proofs.ts'
import type { PasswordVerdict } from './hashing.ts'
import { parsePhc } from './phc.ts'

type Prover = Pick<CoreDeps, 'passwords' | 'logger'>

/** An account whose password is asked for, and one of its identifiers in canonical form, for the log. */
export type Account = { id: string; identifierKey: string; passwordHash: string }

/** What somebody offers as a password. The signal is that of the request. */
export type OfferedPassword = { password: string; signal: AbortSignal }

/** Proof that a password matches a stored hash. It has a renewal if that hash is outdated. */
export type PasswordProof = Proven & {
  hash: string
  renewal: Renewal | undefined
  aal: 1
  amr: readonly ['pwd']
}

/** A hash with today's parameters, to replace one with other parameters. */
export type Renewal = { oldHash: string; newHash: string }

/**
 * Throws `invalid_credentials` for any but the account's password. A stored hash that cannot be checked is named in the
 * log, because its user can never log in.
 */
export async function checkPassword(
  { passwords, logger }: Prover,
  { id, identifierKey, passwordHash }: Account,
  { password, signal }: OfferedPassword,
  answer: AppErrorOptions = {},
): Promise<Exclude<PasswordVerdict, false>> {
  const verdict = await passwords.verify(passwordHash, password, signal)
  if (verdict) return verdict
  if (!parsePhc(passwordHash)) logger.error('password_hash_refused', { user_id: id })
  const refusal = { outcome: 'wrong_password', identifierKey } as const
  throw new AppError('invalid_credentials', { about: { userId: id }, ...answer, refusal })
}

/** Proves that the caller knows the password of an account, or throws `invalid_credentials`. */
export async function provePassword(
  deps: Prover,
  account: Account,
  offered: OfferedPassword,
): Promise<PasswordProof> {
  const verdict = await checkPassword(deps, account, offered)
  const hash = account.passwordHash
  if (verdict === 'right') return proof(hash, undefined)
  const newHash = await deps.passwords.hash(offered.password, offered.signal)
  return proof(hash, { oldHash: hash, newHash })
}

function proof(hash: string, renewal: Renewal | undefined): PasswordProof {
  return { hash, renewal, aal: 1, amr: ['pwd'] } as unknown as PasswordProof
}

/** Throws `invalid_credentials` for an unknown user, after as long as a wrong password takes. */
export async function refuseUnknown(
  { passwords }: Prover,
  identifierKey: string,
  { password, signal }: OfferedPassword,
  answer: AppErrorOptions = {},
): Promise<never> {
  await passwords.verify(null, password, signal)
  const refusal = { outcome: 'unknown_account', identifierKey } as const
  throw new AppError('invalid_credentials', { ...answer, refusal })
}
