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
  now: () => Date
  memory: ProviderMemory
}>

/** Makes the providers that the configuration names. Their protocol is loaded when a browser is first sent to one. */
export function createProviders(
  { providers }: FederationSettings,
  ask: AskProvider,
  now: () => Date,
): Providers {
  const made = new Map(
    providers.map((settings) => [settings.id, providerOf({ settings, ask, now, memory: {} })]),
  )
  return {
    list: providers.map(({ id, name }) => ({ id, name })),
    find: (id) => made.get(id),
  }
}

function providerOf(context: ProviderContext): Provider {
  const { id, name, isFormPost = false } = context.settings
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
