import type { ListedIdentity } from '../../../core/federation/list-identities.ts'
import type { Requester } from '../../../core/outbox/enqueue.ts'
import { type Actor, sessionOf } from '../../../core/sessions/authenticate.ts'
import type { Deps } from '../../../deps.ts'

type Linking = { linkToken: string; cookie: readonly string[] }

/** Links the account at a provider that a sign-in found to belong to the caller's email, and names the flow that it ends. */
export async function linkFound(
  deps: Deps,
  actor: Actor,
  linking: Linking,
  requester: Requester,
): Promise<{ identity: ListedIdentity; secret: string }> {
  const { linkByToken } = await import('../../../core/federation/exchange.ts')
  return linkByToken(deps, linking, sessionOf(actor), requester)
}
