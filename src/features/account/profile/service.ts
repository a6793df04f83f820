import { type Account, accountFromJson } from '../../../core/accounts/account.ts'
import {
  type ProfileChange,
  profileValues,
  refuseTakenUsername,
} from '../../../core/accounts/profile.ts'
import type { SessionRef } from '../../../core/sessions/session.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import { changeProfile } from './repository.ts'

/**
 * Changes the caller's profile and returns the account. Throws `already_taken` for a username of somebody else, and
 * `precondition_failed` if the profile has none of the versions.
 */
export async function updateProfile(
  deps: Deps,
  { userId, sessionId }: SessionRef,
  change: ProfileChange,
  versions: readonly string[] | undefined,
): Promise<Account> {
  const values = { userId, sessionId, ...profileValues(change, versions) }
  const { callerId, account } = await changeProfile(deps, values).catch(refuseTakenUsername)
  if (account !== null) return accountFromJson(account)
  throw new AppError(callerId === null || !versions ? 'token_invalid' : 'precondition_failed')
}
