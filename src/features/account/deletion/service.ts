import { changedElsewhere, proveOwnAccount } from '../../../core/accounts/own-account.ts'
import { providerIds } from '../../../core/federation/unlink.ts'
import { mailValues } from '../../../core/outbox/enqueue.ts'
import type { Language } from '../../../core/outbox/mails.ts'
import type { SessionRef } from '../../../core/sessions/session.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import { deleteUser } from './repository.ts'

/**
 * A log-in can renew the stored hash meanwhile, or an admin change the account. In that case the deletion tries again
 * instead of failing.
 */
const MAX_ATTEMPTS = 3

/**
 * Deletes the caller's account if the current password is right, and the second factor of whoever has one was proven lately; by
 * a fresh proof alone where there is no password. All its tokens work no longer, and a mail says so. Throws `last_admin` for
 * the only one.
 */
export async function deleteAccount(
  deps: Deps,
  caller: SessionRef,
  { password, language }: { password: string | undefined; language: Language },
  signal: AbortSignal,
): Promise<void> {
  const { userId, sessionId } = caller
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const offered = { password, signal }
    const { passwordHash } = await proveOwnAccount(deps, caller, offered, { secondFactor: 'fresh' })
    const checked = { userId, sessionId, checkedHash: passwordHash, providers: providerIds(deps) }
    const mail = mailValues(deps, { language })
    const outcome = await deleteUser(deps, { ...checked, ...mail })
    if (outcome.callerId === null) throw new AppError('token_invalid')
    if (outcome.provenId !== null && !outcome.othersLeft) throw new AppError('last_admin')
    if (outcome.deletedId === null) continue
    deps.postman.wake()
    return
  }
  throw changedElsewhere()
}
