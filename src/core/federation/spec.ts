import type { ClientAuthMethod } from './names.ts'

/** Parameters of an authorization request. */
type Parameters = Readonly<Record<string, string>>

/**
 * A text with the names of claims in braces, such as `{tid}:{oid}`, or paths to them, such as `{data.id}`. There is none where
 * one of them is missing.
 */
export type Template = string

/** All that is known of a provider. How two of them differ is said here, so that no code asks which one it serves. */
export type ProviderSpec = Readonly<{
  /** As tokens name it. With `{tenantid}` each tenant is an issuer of its own, which the claim `tid` names. */
  issuer: string
  /** Which tenant is asked where to send people, for an issuer of many. */
  tenant?: string
  /** Where it is asked, for one that has no discovery and no id_token. */
  endpoints?: Readonly<{
    authorization: string
    token: string
    profile: string
    /** Where the addresses are, if not in the profile, with which of them are primary and verified. */
    emails?: string
  }>
  /** Where requests may go besides the issuer's own origin. */
  origins: readonly string[]
  scope: string
  lacksPkce?: boolean
  lacksNonce?: boolean
  /** Missing where the discovery says it. */
  clientAuth?: ClientAuthMethod
  atLogin?: Parameters
  atReauth?: Parameters
  /** True if the provider asks nobody for an address elsewhere than in the id_token. */
  lacksUserinfo?: boolean
  subject: Template
  email: Template
  /** The claim that says whether the email is verified. True if an unverified one is never given; missing if nobody says. */
  verifiedBy?: string | true
  /** The only domains of whose addresses the provider is believed. Missing where it is of all. */
  emailDomains?: readonly string[]
  /** Domains whose mailboxes are the provider's own. */
  authoritativeDomains: readonly string[]
  /** The claim with one more such domain, which the provider manages for the user's organization. */
  hostedDomainBy?: string
  username?: Template
  displayName?: Template
  avatarUrl?: Template
  locale?: Template
}>

/** What OpenID Connect says of all its providers. */
export const OPENID = {
  origins: [],
  scope: 'openid email profile',
  subject: '{sub}',
  email: '{email}',
  verifiedBy: 'email_verified',
  authoritativeDomains: [],
  username: '{preferred_username}',
  displayName: '{name}',
  avatarUrl: '{picture}',
  locale: '{locale}',
} as const satisfies Partial<ProviderSpec>

/** How OpenID Connect asks for a fresh proof. The id_token says when it was. */
export const FRESH_LOGIN: Parameters = { prompt: 'login', max_age: '0' }
