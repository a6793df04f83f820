import { type OidcPeer, startOidcProvider } from '../support/oidc-provider.ts'
import { startService } from '../support/service.ts'
import { freePort, type Places, servePage, startStageWith } from './two-tabs-stage.ts'

export const RUNTIMES = ['Node', 'workerd'] as const

export type FederationStage = Awaited<ReturnType<typeof startFederation>>

/**
 * A page, the service on one of its runtimes, and a true provider, on three origins. The provider is of another site, as
 * providers are: its host is an address and no name.
 */
export async function startFederation(runtime: (typeof RUNTIMES)[number]) {
  await using undo = new AsyncDisposableStack()
  const { promise: started, resolve } = Promise.withResolvers<OidcPeer>()
  const variablesOf = async ({ site, api }: Places) => {
    const peer = await startOidcProvider({ redirectUris: [`${api}/auth/oauth/test/callback`] })
    undo.defer(peer.close)
    resolve(peer)
    return variablesFor(peer, { site, api })
  }
  const { stop, ...stage } = await (runtime === 'Node'
    ? startOnNode(variablesOf)
    : startStageWith(variablesOf))
  undo.defer(stop)
  const peer = await started
  const running = undo.move()
  return { ...stage, peer, stop: () => running.disposeAsync() }
}

function variablesFor(peer: OidcPeer, { site, api }: Places): Record<string, string> {
  const provider = {
    ...{ id: 'test', name: 'Test', issuer: peer.issuer },
    ...{ client_id: peer.clientId, client_secret: peer.clientSecret },
  }
  return {
    CORS_ORIGINS: site,
    PUBLIC_URL: api,
    MAIL_PROVIDER: 'mailbox',
    OAUTH_PROVIDERS: JSON.stringify([provider]),
    OAUTH_RETURN_URLS: returnUrlOf({ site, api }),
  }
}

/** The page that browsers come back to. */
export function returnUrlOf({ site, api }: Places): string {
  return `${site}/return?${new URLSearchParams({ api })}`
}

async function startOnNode(variablesOf: (places: Places) => Promise<Record<string, string>>) {
  await using undo = new AsyncDisposableStack()
  const { site, seen } = await servePage(undo)
  const port = await freePort()
  const api = `http://localhost:${port}`
  const variables = await variablesOf({ site, api })
  const service = await startService({ HOST: 'localhost', PORT: String(port), ...variables })
  undo.defer(service.stop)
  const running = undo.move()
  // Its database is in its own process.
  return { site, api, seen, sql: undefined, stop: () => running.disposeAsync() }
}
