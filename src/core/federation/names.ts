/** What must be known of a provider before anybody signs in there. */
export type ProviderName = Readonly<{
  id: string
  /** For a button. */
  name: string
  isFormPost?: boolean
}>

/** The built-in providers, in the order in which they are shown. All else of them is in `providers.ts`. */
export const BUILT_IN: readonly ProviderName[] = [
  { id: 'google', name: 'Google' },
  { id: 'github', name: 'GitHub' },
  // It gives the name in no other way, and once only.
  { id: 'apple', name: 'Apple', isFormPost: true },
  { id: 'microsoft', name: 'Microsoft' },
  { id: 'discord', name: 'Discord' },
  { id: 'gitlab', name: 'GitLab' },
  { id: 'facebook', name: 'Facebook' },
  { id: 'linkedin', name: 'LinkedIn' },
  { id: 'slack', name: 'Slack' },
  { id: 'x', name: 'X' },
]

/** How a client says who it is at the token endpoint. */
export const CLIENT_AUTH_METHODS = ['client_secret_basic', 'client_secret_post', 'none'] as const
export type ClientAuthMethod = (typeof CLIENT_AUTH_METHODS)[number]
