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

/** For all that a provider is asked in one request to this service. People wait for it, and so does what runs it. */
const DEADLINE_MILLISECONDS = 10_000

/** Makes the providers that the configuration names. Their protocol is loaded when a browser is first sent to one. */
export function createProviders(
  { providers }: FederationSettings,
  ask: AskProvider,
  now: () => Date,
  deadlineMilliseconds = DEADLINE_MILLISECONDS,
): Providers {
  const made = new Map(
    providers.map((settings) => [
      settings.id,
      providerOf({ settings, ask, now, memory: {} }, deadlineMilliseconds),
    ]),
  )
  return {
    list: providers.map(({ id, name }) => ({ id, name })),
    find: (id) => made.get(id),
  }
}

function providerOf(context: ProviderContext, deadlineMilliseconds: number): Provider {
  const inTime = (signal: AbortSignal) =>
    AbortSignal.any([signal, AbortSignal.timeout(deadlineMilliseconds)])
  const { id, name, isFormPost = false } = context.settings
  return {
    id,
    name,
    isFormPost,
    async authorizationUrl(request, signal) {
      const { authorizationUrl } = await import('./protocol/authorize.ts')
      return authorizationUrl(context, request, inTime(signal))
    },
    async profileOf(response, signal) {
      const { profileOf } = await import('./protocol/redeem.ts')
      return profileOf(context, response, inTime(signal))
    },
  }
}
