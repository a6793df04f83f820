import { refuseActing, refuseNoId, untilUnchanged } from '../../../core/access/acting.ts'
import { type AdminAccount, accountFromJson } from '../../../core/accounts/account.ts'
import {
  type ProfileChange,
  profileValues,
  refuseTakenUsername,
} from '../../../core/accounts/profile.ts'
import type { SessionRef } from '../../../core/sessions/session.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import { changeUser } from './repository.ts'

/**
 * Changes what admins keep of a user, and returns the account. Throws `permission_denied` for somebody with permissions that
 * the actor has not, `not_found`, `already_taken`, and `precondition_failed` if the user has none of the versions.
 */
export async function updateUser(
  deps: Deps,
  { userId, sessionId }: SessionRef,
  targetId: string,
  change: ProfileChange,
  versions: readonly string[] | undefined,
): Promise<AdminAccount> {
  refuseNoId(targetId)
  const values = { userId, sessionId, targetId, ...profileValues(change, versions) }
  return untilUnchanged(async () => {
    const { account, ...outcome } = await changeUser(deps, values).catch(refuseTakenUsername)
    refuseActing(outcome)
    if (account !== null) return accountFromJson(account)
    if (versions) throw new AppError('precondition_failed')
    return undefined
  })
}
