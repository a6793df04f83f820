import type { AskProvider } from './outbound.ts'
import type { Provider, Providers } from './provider.ts'
import type { FederationSettings, ProviderSettings } from './settings.ts'

/** What an instance remembers of a provider. Values alone: a promise of one request is of no use to another on Workers. */
export type ProviderMemory = {
  metadata?: { value: unknown; at: number } | undefined
  keys?: { value: unknown; at: number } | undefined
}

/** A provider, and how it is asked. */
export type ProviderContext = Readonly<{
  settings: ProviderSettings
  ask: AskProvider
  memory: ProviderMemory
}>

/** Makes the providers that the configuration names. Their protocol is loaded when a browser is first sent to one. */
export function createProviders({ providers }: FederationSettings, ask: AskProvider): Providers {
  const made = new Map(providers.map((settings) => [settings.id, providerOf(settings, ask)]))
  return {
    list: providers.map(({ id, name }) => ({ id, name })),
    find: (id) => made.get(id),
  }
}

function providerOf(settings: ProviderSettings, ask: AskProvider): Provider {
  const context = { settings, ask, memory: {} }
  const { id, name, isFormPost = false } = settings
  return {
    id,
    name,
    isFormPost,
    async authorizationUrl(request, signal) {
      const { authorizationUrl } = await import('./protocol/authorize.ts')
      return authorizationUrl(context, request, signal)
    },
    async profileOf(response, signal) {
      const { profileOf } = await import('./protocol/redeem.ts')
      return profileOf(context, response, signal)
    },
  }
}
