import type { ClientAuthMethod, ProviderName } from './names.ts'

/** Whether an identity is linked by its email alone, where that is safe: never without an existing credential, or so. */
export const LINKING_POLICIES = ['confirm', 'automatic'] as const
export type LinkingPolicy = (typeof LINKING_POLICIES)[number]

/** A provider that is switched on, and as whom this service is known to it. */
export type ProviderSettings = ProviderName &
  Readonly<{
    clientId: string
    /** Missing where the provider knows this service as a public client. */
    clientSecret?: string | undefined
    /** By what the secret is made anew each time. */
    signingKey?: Readonly<{ teamId: string; keyId: string; privateKey: string }> | undefined
    /** Where a built-in one is instead. */
    baseUrl?: string | undefined
    tenant?: string | undefined
    /** What is known of one that is not built in. */
    openid?: OpenidSettings
  }>

export type OpenidSettings = Readonly<{
  issuer: string
  origins: readonly string[]
  scope: string
  authoritativeDomains: readonly string[]
  emailDomains?: readonly string[]
  clientAuth?: ClientAuthMethod
}>

export type FederationSettings = Readonly<{
  /** Those that are switched on. */
  providers: readonly ProviderSettings[]
  /** Where a browser may be sent back to, each exactly so. The first is where it goes if nothing else is asked for. */
  returnUrls: readonly string[]
  linking: LinkingPolicy
}>
