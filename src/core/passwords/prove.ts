import { AppError } from '../../errors.ts'
import type { CoreDeps } from '../deps.ts'

type Hasher = Pick<CoreDeps, 'passwords'>

/** Proof that a password matches a stored hash. It has a renewal if that hash is outdated. */
export type PasswordProof = { hash: string; renewal: Renewal | undefined }

/** A hash with today's parameters, to replace one with other parameters. */
export type Renewal = { oldHash: string; newHash: string }

/** Proves that the caller knows the password of a hash, or throws `invalid_credentials`. */
export async function provePassword(
  { passwords }: Hasher,
  hash: string,
  password: string,
  signal: AbortSignal,
): Promise<PasswordProof> {
  const verdict = await passwords.verify(hash, password, signal)
  if (!verdict) throw new AppError('invalid_credentials')
  if (verdict === 'right') return { hash, renewal: undefined }
  return { hash, renewal: { oldHash: hash, newHash: await passwords.hash(password, signal) } }
}

/** Throws `invalid_credentials` for an unknown user, after as long as a wrong password takes. */
export async function refuseUnknown(
  { passwords }: Hasher,
  password: string,
  signal: AbortSignal,
): Promise<never> {
  await passwords.verify(null, password, signal)
  throw new AppError('invalid_credentials')
}
