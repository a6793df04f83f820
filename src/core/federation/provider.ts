/** What a provider vouched for at a sign-in. All of it is the provider's word, which says nothing of accounts here. */
export type ProviderProfile = Readonly<{
  /** Who names the subject. With it the key of an identity, which never changes. */
  issuer: string
  subject: string
  /** As the provider writes it. Null where it gives none that can be one. */
  email: string | null
  /** True if the provider says that its user reads the mail of this address. */
  isEmailVouched: boolean
  /** True if the mailbox is the provider's own, so that nobody else can say whose it is. Never without the former. */
  isEmailAuthoritative: boolean
  /** A name for the user, such as the provider shows. */
  username: string | null
  displayName: string | null
  /** An https URL. */
  avatarUrl: string | null
  /** A BCP 47 language tag. */
  locale: string | null
}>

/** What a browser is sent to a provider with. */
export type AuthorizationRequest = Readonly<{
  redirectUri: string
  state: string
  nonce: string
  /** RFC 7636. The provider gets its S256 challenge. */
  codeVerifier: string
  /** True if the user is to prove once more who they are, as far as the provider knows how (`prompt`, `max_age`). */
  isReauth: boolean
}>

/** What the browser came back with. */
export type AuthorizationResponse = AuthorizationRequest & { parameters: URLSearchParams }

/** A provider that the configuration names. */
export type Provider = Readonly<{
  id: string
  /** For a button. */
  name: string
  /** True if the browser comes back by a POST from the provider's site, with which no Lax cookie is sent. */
  isFormPost: boolean
  /** Throws `provider_failed` where the provider cannot be asked for its addresses. */
  authorizationUrl: (request: AuthorizationRequest, signal: AbortSignal) => Promise<string>
  /**
   * Redeems the code and checks all that came of it. Throws `provider_denied` where the user cancelled, `provider_failed` for
   * everything that is not exactly as it must be.
   */
  profileOf: (response: AuthorizationResponse, signal: AbortSignal) => Promise<ProviderProfile>
}>

/** The providers that are switched on, in the order of the configuration. */
export type Providers = Readonly<{
  list: readonly Pick<Provider, 'id' | 'name'>[]
  find: (id: string) => Provider | undefined
}>

/** Returns what people call a provider: its id, if it is configured no longer. */
export function providerName({ providers }: { providers: Providers }, id: string): string {
  return providers.find(id)?.name ?? id
}
