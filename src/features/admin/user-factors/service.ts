import {
  refuseActing,
  refuseNoId,
  refuseSelf,
  untilUnchanged,
} from '../../../core/access/acting.ts'
import { findAccount, noSuchUser } from '../../../core/accounts/find-account.ts'
import { type FactorList, listFactors } from '../../../core/factors/list.ts'
import { mailValues } from '../../../core/outbox/enqueue.ts'
import { languageFor } from '../../../core/outbox/mails.ts'
import type { SessionRef } from '../../../core/sessions/session.ts'
import type { Deps } from '../../../deps.ts'
import { removeUserFactors } from './repository.ts'

/** Returns the second factors of a user. Throws `not_found`. */
export async function factorsOf(deps: Deps, targetId: string): Promise<FactorList> {
  refuseNoId(targetId)
  const list = await listFactors(deps, targetId)
  if (!list) throw noSuchUser()
  return list
}

/**
 * Removes all second factors of a user who has lost them, ends all sessions, and tells the user by a mail; does nothing
 * where there are none. Throws `permission_denied` for oneself, and for somebody with permissions that the actor has not.
 */
export async function removeFactors(
  deps: Deps,
  { userId, sessionId }: SessionRef,
  targetId: string,
): Promise<void> {
  refuseSelf({ userId, sessionId }, targetId)
  const { locale } = await findAccount(deps, targetId)
  const language = languageFor(locale, deps.config.mail.language)
  await untilUnchanged(async () => {
    const mail = mailValues(deps, { language })
    const outcome = await removeUserFactors(deps, { userId, sessionId, targetId, ...mail })
    refuseActing(outcome)
    return outcome.isDone || outcome.changedId !== null ? outcome : undefined
  })
  deps.postman.wake()
}
