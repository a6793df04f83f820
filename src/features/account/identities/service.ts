import { untilUnchanged } from '../../../core/access/acting.ts'
import { type IdentityList, listIdentities } from '../../../core/federation/list-identities.ts'
import { isUnlinked, noSuchIdentity, providerValues } from '../../../core/federation/unlink.ts'
import { triesOf } from '../../../core/limits/tries.ts'
import { mailValues, type Requester } from '../../../core/outbox/enqueue.ts'
import { type Actor, sessionOf } from '../../../core/sessions/authenticate.ts'
import { isUuid } from '../../../core/tokens/claims.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'

/** Returns the accounts at providers by which the caller logs in, and whether there is a password. */
export async function ownIdentities(deps: Deps, { id }: Actor): Promise<IdentityList> {
  const list = await listIdentities(deps, id)
  if (!list) throw new AppError('token_invalid')
  return list
}

/** Unlinks an identity of the caller. Throws `not_found`, and `last_credential` where nothing else would log in. */
export async function unlinkOwnIdentity(
  deps: Deps,
  actor: Actor,
  identityId: string,
  { ip, userAgent, language }: Requester,
): Promise<void> {
  if (!isUuid(identityId)) throw noSuchIdentity()
  const told = { ip, userAgent, ...providerValues(deps) }
  const { unlinkIdentity } = await import('./repository.ts')
  await untilUnchanged(async () => {
    const outcome = await unlinkIdentity(deps, {
      ...{ ...sessionOf(actor), identityId, ...told },
      ...mailValues(deps, { language }),
      tries: await triesOf(deps, 'notice', { userId: actor.id }),
    })
    if (outcome.callerId === null) throw new AppError('token_invalid')
    return isUnlinked(outcome) ? outcome : undefined
  })
  deps.postman.wake()
}
