/** Whether an identity is linked by its email alone, where that is safe: never without an existing credential, or so. */
export const LINKING_POLICIES = ['confirm', 'automatic'] as const
export type LinkingPolicy = (typeof LINKING_POLICIES)[number]

export type FederationSettings = Readonly<{
  /** Where a browser may be sent back to, each exactly so. The first is where it goes if nothing else is asked for. */
  returnUrls: readonly string[]
  linking: LinkingPolicy
}>
