import { AppError } from '../../errors.ts'
import type { CoreDeps } from '../deps.ts'

type Hasher = Pick<CoreDeps, 'passwords'>

/** That a password was right for a stored hash, and what shall take that hash's place where it is outdated. */
export type PasswordProof = { hash: string; renewal: Renewal | undefined }

/** A hash under today's parameters in place of one that was made under others. */
export type Renewal = { oldHash: string; newHash: string }

/** Proves that whoever asks knows the password behind a hash, or throws `invalid_credentials`. */
export async function provePassword(
  { passwords }: Hasher,
  hash: string,
  password: string,
): Promise<PasswordProof> {
  const verdict = await passwords.verify(hash, password)
  if (!verdict) throw new AppError('invalid_credentials')
  if (verdict === 'right') return { hash, renewal: undefined }
  return { hash, renewal: { oldHash: hash, newHash: await passwords.hash(password) } }
}

/** Throws `invalid_credentials` for an unknown user, after as long as a wrong password takes. */
export async function refuseUnknown({ passwords }: Hasher, password: string): Promise<never> {
  await passwords.verify(null, password)
  throw new AppError('invalid_credentials')
}
