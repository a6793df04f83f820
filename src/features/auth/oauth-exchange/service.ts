import type { Exchanged } from '../../../core/federation/exchange.ts'
import type { Opened } from '../../../core/federation/flow.ts'
import { type Actor, sessionOf } from '../../../core/sessions/authenticate.ts'
import type { Opener } from '../../../core/sessions/open.ts'
import type { Deps } from '../../../deps.ts'

/** Opens the code of a sign-in that was begun in this browser. Throws `oauth_code_invalid`. */
export async function openedCode(
  deps: Deps,
  code: string,
  secrets: readonly string[],
): Promise<Opened<'code'>> {
  const { openCode } = await import('../../../core/federation/exchange.ts')
  return openCode(deps, code, secrets)
}

type Exchanging = {
  opened: Opened<'code'>
  invitation: string | undefined
  /** Who is logged in, if the sign-in was begun by somebody who was. */
  actor: Actor | undefined
}

/** Does what the sign-in was begun for, once. */
export async function exchange(
  deps: Deps,
  { opened, invitation, actor }: Exchanging,
  opener: Opener,
): Promise<Exchanged> {
  const { exchangeCode } = await import('../../../core/federation/exchange.ts')
  const caller = actor && sessionOf(actor)
  return exchangeCode(deps, { opened, invitation, caller }, opener)
}
