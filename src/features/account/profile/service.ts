import { type Account, accountFromJson } from '../../../core/accounts/account.ts'
import {
  type ProfileChange,
  profileValues,
  refuseTakenUsername,
} from '../../../core/accounts/profile.ts'
import { refuseLimited } from '../../../core/limits/refuse.ts'
import { triesOf } from '../../../core/limits/tries.ts'
import type { SessionRef } from '../../../core/sessions/session.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import { changeProfile } from './repository.ts'

/**
 * Changes the caller's profile and returns the account. Throws `already_taken` for a username of somebody else,
 * `precondition_failed` if the profile has none of the versions, and `too_many_requests`.
 */
export async function updateProfile(
  deps: Deps,
  { userId, sessionId }: SessionRef,
  change: ProfileChange,
  versions: readonly string[] | undefined,
): Promise<Account> {
  const tries = await triesOf(deps, 'profile', { userId })
  const values = { userId, sessionId, ...profileValues(change, versions), tries }
  const outcome = await changeProfile(deps, values).catch(refuseTakenUsername)
  const { callerId, account } = outcome
  if (account !== null) return accountFromJson(account)
  refuseLimited(deps, outcome)
  throw new AppError(callerId === null || !versions ? 'token_invalid' : 'precondition_failed')
}
