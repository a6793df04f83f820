import {
  refuseActing,
  refuseNoId,
  refuseSelf,
  untilUnchanged,
} from '../../../core/access/acting.ts'
import type { AdminAccount } from '../../../core/accounts/account.ts'
import { findAccount } from '../../../core/accounts/find-account.ts'
import { providerIds } from '../../../core/federation/unlink.ts'
import { refuseLimited } from '../../../core/limits/refuse.ts'
import { triesOf } from '../../../core/limits/tries.ts'
import { mailValues, newId, requireMailer } from '../../../core/outbox/enqueue.ts'
import { languageFor } from '../../../core/outbox/mails.ts'
import type { SessionRef } from '../../../core/sessions/session.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import {
  disableUser,
  enableUser,
  mailUserReset,
  removeUser,
  verifyUserEmail,
} from './repository.ts'

/** The three changes of a state that can be there already. */
const CHANGES = { disable: disableUser, enable: enableUser, verifyEmail: verifyUserEmail }

/** Those that nobody makes to oneself. */
const NOT_ONESELF: readonly (keyof typeof CHANGES)[] = ['disable']

/**
 * Brings a user into a state, or finds that the user is in it, and returns the account. Throws `permission_denied` for
 * somebody with permissions that the actor has not, `not_found`, and `last_admin`.
 */
export async function changeState(
  deps: Deps,
  { userId, sessionId }: SessionRef,
  targetId: string,
  change: keyof typeof CHANGES,
): Promise<AdminAccount> {
  refuseNoId(targetId)
  if (NOT_ONESELF.includes(change)) refuseSelf({ userId, sessionId }, targetId)
  await untilUnchanged(async () => {
    const values = { userId, sessionId, targetId, providers: providerIds(deps) }
    const outcome = await CHANGES[change](deps, values)
    refuseActing(outcome)
    if (outcome.isDone || outcome.changedId !== null) return outcome
    if ('othersLeft' in outcome && !outcome.othersLeft) throw new AppError('last_admin')
    return undefined
  })
  return findAccount(deps, targetId)
}

/**
 * Mails a user a link to choose a new password, in the user's language. Whoever is disabled gets none. Nobody but the
 * user sees or chooses a password.
 */
export async function sendPasswordReset(
  deps: Deps,
  { userId, sessionId }: SessionRef,
  targetId: string,
): Promise<void> {
  requireMailer(deps)
  const { email, locale } = await findAccount(deps, targetId)
  const outcome = await mailUserReset(deps, {
    ...{ userId, sessionId, targetId },
    tokenId: newId(deps),
    ...mailValues(deps, { language: languageFor(locale, deps.config.mail.language) }),
    tries: await triesOf(deps, 'admin_mail', { identifier: email }),
  })
  refuseActing(outcome)
  refuseLimited(deps, outcome)
  deps.postman.wake()
}

/** Deletes a user, and tells the user by a mail. Throws as `changeState` does. */
export async function deleteUser(
  deps: Deps,
  { userId, sessionId }: SessionRef,
  targetId: string,
): Promise<void> {
  refuseSelf({ userId, sessionId }, targetId)
  const { locale } = await findAccount(deps, targetId)
  const language = languageFor(locale, deps.config.mail.language)
  await untilUnchanged(async () => {
    const mail = mailValues(deps, { language })
    const values = { userId, sessionId, targetId, providers: providerIds(deps), ...mail }
    const outcome = await removeUser(deps, values)
    refuseActing(outcome)
    if (outcome.changedId !== null) return outcome
    if (!outcome.othersLeft) throw new AppError('last_admin')
    return undefined
  })
  deps.postman.wake()
}
