import type { ProviderSpec } from './spec.ts'

/** Whether an identity is linked by its email alone, where that is safe: never without an existing credential, or so. */
export const LINKING_POLICIES = ['confirm', 'automatic'] as const
export type LinkingPolicy = (typeof LINKING_POLICIES)[number]

/** A provider as it is used: what is known of it, and as whom this service is known to it. */
export type ProviderSettings = ProviderSpec &
  Readonly<{
    clientId: string
    /** Missing where the provider knows this service as a public client. */
    clientSecret?: string | undefined
    /** By what the secret is made anew each time. */
    signingKey?: Readonly<{ teamId: string; keyId: string; privateKey: string }> | undefined
  }>

export type FederationSettings = Readonly<{
  /** Those that are switched on. */
  providers: readonly ProviderSettings[]
  /** Where a browser may be sent back to, each exactly so. The first is where it goes if nothing else is asked for. */
  returnUrls: readonly string[]
  linking: LinkingPolicy
}>
