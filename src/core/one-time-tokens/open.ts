import { AppError } from '../../errors.ts'
import type { CoreDeps } from '../deps.ts'
import type { SignedPurpose } from './purposes.ts'

/**
 * Returns the ids of a token that this service made for this purpose, without asking the database. Throws
 * `one_time_token_invalid` for any other.
 */
export async function openToken(
  { oneTimeTokens }: Pick<CoreDeps, 'oneTimeTokens'>,
  purpose: SignedPurpose,
  token: string,
): Promise<{ tokenId: string; userId: string }> {
  const ref = await oneTimeTokens.open(purpose, token)
  if (!ref) throw new AppError('one_time_token_invalid')
  return { tokenId: ref.id, userId: ref.userId }
}
