import { type FactorList, listFactors } from '../../../core/factors/list.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'

/** Returns the caller's second factors. Throws `token_invalid` for a user who is gone. */
export async function ownFactors(deps: Deps, userId: string): Promise<FactorList> {
  const list = await listFactors(deps, userId)
  if (!list) throw new AppError('token_invalid')
  return list
}
