import {
  refuseActing,
  refuseNoId,
  refuseSelf,
  untilUnchanged,
} from '../../../core/access/acting.ts'
import { findAccount, noSuchUser } from '../../../core/accounts/find-account.ts'
import { type IdentityList, listIdentities } from '../../../core/federation/list-identities.ts'
import { isUnlinked, noSuchIdentity, providerValues } from '../../../core/federation/unlink.ts'
import { mailValues } from '../../../core/outbox/enqueue.ts'
import { languageFor } from '../../../core/outbox/mails.ts'
import type { SessionRef } from '../../../core/sessions/session.ts'
import { isUuid } from '../../../core/tokens/claims.ts'
import type { Deps } from '../../../deps.ts'

/** Returns the accounts at providers by which a user logs in. Throws `not_found`. */
export async function identitiesOf(deps: Deps, targetId: string): Promise<IdentityList> {
  refuseNoId(targetId)
  const list = await listIdentities(deps, targetId)
  if (!list) throw noSuchUser()
  return list
}

/**
 * Unlinks an identity of a user, ends all sessions, and tells the user by a mail. Throws `permission_denied` for oneself, and
 * for somebody with permissions that the actor has not; `last_credential` where nothing else would log in.
 */
export async function unlinkIdentityOf(
  deps: Deps,
  { userId, sessionId }: SessionRef,
  { targetId, identityId }: { targetId: string; identityId: string },
): Promise<void> {
  refuseSelf({ userId, sessionId }, targetId)
  if (!isUuid(identityId)) throw noSuchIdentity()
  const { locale } = await findAccount(deps, targetId)
  const language = languageFor(locale, deps.config.mail.language)
  const ids = { userId, sessionId, targetId, identityId, ...providerValues(deps) }
  const { unlinkUserIdentity } = await import('./repository.ts')
  await untilUnchanged(async () => {
    const outcome = await unlinkUserIdentity(deps, { ...ids, ...mailValues(deps, { language }) })
    refuseActing(outcome)
    return isUnlinked(outcome) ? outcome : undefined
  })
  deps.postman.wake()
}
