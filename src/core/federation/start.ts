import { sql } from 'drizzle-orm'
import type { CoreDeps } from '../deps.ts'
import { countedRead } from '../limits/counted-read.ts'
import { unlessRefused } from '../limits/refuse.ts'
import { clientKey, triesOf } from '../limits/tries.ts'
import type { SessionRef } from '../sessions/session.ts'
import { type Intent, sealFlow } from './flow.ts'
import { flowSecretsOf, newFlowSecret } from './flow-secrets.ts'
import type { Provider } from './provider.ts'
import { noSuchProvider, returnUrlRefused } from './refusals.ts'

const countStart = countedRead({
  name: 'count_provider_start',
  params: { client: 'text' },
  find: (db) => db.select({ one: sql<number>`1`.as('one') }).from(sql`(values (1)) as given`),
})

type Deps = Omit<CoreDeps, 'config'> & {
  config: CoreDeps['config'] & { pages: { isOn: boolean } }
  publicUrl: () => string | undefined
}

/** Where a provider sends a browser back to. By the configuration alone, for a header names whatever host it likes. */
export function redirectUriOf({ publicUrl }: Pick<Deps, 'publicUrl'>, providerId: string): string {
  const base = publicUrl()
  if (base === undefined) throw new Error('PUBLIC_URL is not known')
  return `${base}/auth/oauth/${providerId}/callback`
}

/** The provider of this id. Throws `not_found`. */
export function providerOf({ providers }: Pick<CoreDeps, 'providers'>, id: string): Provider {
  const provider = providers.find(id)
  if (!provider) throw noSuchProvider()
  return provider
}

type Start = {
  provider: string
  intent: Intent
  returnTo: string | undefined
  caller: SessionRef | undefined
}

/**
 * Begins a sign-in at a provider. Returns where the browser is to go, and the secret of the flow, which the browser alone
 * may hold. Throws `not_found`, `validation_failed` for a way back that the configuration does not list,
 * `too_many_requests`, `provider_failed`.
 */
export async function startFlow(
  deps: Deps,
  { provider: id, intent, returnTo: wanted, caller }: Start,
  { ip }: { ip: string | null },
  signal: AbortSignal,
): Promise<{ authorizationUrl: string; secret: string }> {
  const provider = providerOf(deps, id)
  const returnTo = returnPlaceOf(deps, wanted)
  const redirectUri = redirectUriOf(deps, id)
  const tries = await triesOf(deps, 'provider', { ip })
  unlessRefused(deps, await countStart(deps.db, { client: await clientKey(deps, ip), tries }))
  const secret = newFlowSecret(provider)
  const secrets = await flowSecretsOf(secret)
  const state = await sealFlow(deps, 'state', { provider: id, intent, returnTo, caller }, secrets)
  const { nonce, codeVerifier } = secrets
  const isReauth = intent === 'reauth'
  const request = { redirectUri, state, nonce, codeVerifier, isReauth }
  return { authorizationUrl: await provider.authorizationUrl(request, signal), secret }
}

/** The place of this service's own page, beside those of the list, of which it is none. */
const OWN_PLACE = -1

/** Where this service's own pages take a browser back that signed in from there. */
function ownPageOf({ config, publicUrl }: Places): string | undefined {
  const base = publicUrl()
  return config.pages.isOn && base !== undefined ? `${base}/login/provider` : undefined
}

type Places = Pick<Deps, 'config' | 'publicUrl'>

/** Returns where a browser is sent back to. Undefined for a place that there is no more. */
export function returnUrlAt(deps: Places, place: number): string | undefined {
  return place === OWN_PLACE ? ownPageOf(deps) : deps.config.federation.returnUrls[place]
}

/** Exactly one of the list, or the own page: to whoever asks for another, somebody's sign-in would be sent. */
function returnPlaceOf(deps: Deps, wanted: string | undefined): number {
  if (wanted !== undefined && wanted === ownPageOf(deps)) return OWN_PLACE
  const { returnUrls } = deps.config.federation
  const place = wanted === undefined ? 0 : returnUrls.indexOf(wanted)
  if (returnUrls[place] === undefined) throw returnUrlRefused()
  return place
}
