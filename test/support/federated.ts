import type { ProviderProfile } from '../../src/core/federation/provider.ts'
import { appleKey } from './apple-key.ts'
import { askedOfProvider, hostileEntry, hostileIssuer, signInAtProvider } from './hostile.ts'
import { uniqueName } from './names.ts'

export const RETURN_TO = 'https://app.example.org/signed-in'
export const RETURN_ALSO = 'https://app.example.org/popup?kind=popup'

/** Providers that do all as it must be. Apple, which is one of them here, sends browsers back by a POST. */
export const ISSUERS = { fake: hostileIssuer(), other: hostileIssuer(), apple: hostileIssuer() }
export type FederatedId = keyof typeof ISSUERS

/** Whose mailboxes are the providers' own. */
const AUTHORITATIVE = 'own.example'

const entries = (['fake', 'other'] as const).map((id) => ({
  ...hostileEntry(id, ISSUERS[id]),
  name: `Fake ${id}`,
  authoritative_domains: [AUTHORITATIVE],
}))

/** What an app that federates is configured with. */
export const FEDERATED = {
  OAUTH_RETURN_URLS: `${RETURN_TO},${RETURN_ALSO}`,
  OAUTH_PROVIDERS: JSON.stringify(entries),
  ...(await appleKey()).env,
  OAUTH_APPLE_CLIENT_ID: 'client-1',
  OAUTH_APPLE_BASE_URL: ISSUERS.apple,
}

/** Somebody whom a provider vouches for, and whom nobody else in the run is. */
export function profileOf(said: Partial<ProviderProfile> = {}): ProviderProfile {
  const name = uniqueName('f')
  const domain = said.isEmailAuthoritative ? AUTHORITATIVE : 'example.net'
  return {
    ...{ issuer: ISSUERS.fake, subject: `subject-${name}`, email: `${name}@${domain}` },
    ...{ isEmailVouched: true, isEmailAuthoritative: false, username: name },
    ...{ displayName: null, avatarUrl: null, locale: null },
    ...said,
  }
}

type Said = ProviderProfile | 'provider_failed'

const people = new Map<string, Said>()
const sentTo = new Map<string, string>()
const returned = new Map<string, Promise<Record<string, string>>>()

/** Has a provider say this of whoever comes with what is returned, in the place of its code. */
export function vouch(said: Said): string {
  const person = `person-${crypto.randomUUID()}`
  people.set(person, said)
  return person
}

/** Remembers where a browser was sent to, by its state. */
export function remember(authorizationUrl: string): string {
  const state = new URL(authorizationUrl).searchParams.get('state') ?? ''
  sentTo.set(state, authorizationUrl)
  return state
}

/**
 * Goes to the provider that a state was made for, once for each person, and returns what it sends the browser back with. What
 * is of no such state or person is returned as it is, with the provider's name.
 */
export async function wayBack(parameters: Record<string, string>): Promise<Record<string, string>> {
  const { code = '', state = '' } = parameters
  const [url, said] = [sentTo.get(state), people.get(code)]
  if (url === undefined) return parameters
  const iss = issuerOf(url)
  if (said === undefined) return { iss, ...parameters }
  // The provider does not know this code.
  if (said === 'provider_failed') return { iss, state, code: `code.${code}` }
  if (said.issuer !== iss) throw new Error(`${said.issuer} is asked at ${iss}`)
  const key = `${state} ${code}`
  const back = returned.get(key) ?? enter(url, said)
  returned.set(key, back)
  return back
}

async function enter(url: string, said: ProviderProfile): Promise<Record<string, string>> {
  const { parameters } = await signInAtProvider(url, {
    ...{ sub: said.subject, email: said.email, email_verified: said.isEmailVouched },
    ...{ preferred_username: said.username, name: said.displayName },
    ...{ picture: said.avatarUrl, locale: said.locale },
  })
  return Object.fromEntries(parameters)
}

function issuerOf(authorizationUrl: string): string {
  return authorizationUrl.slice(0, authorizationUrl.indexOf('/authorize?'))
}

/** How often the service asked a provider to redeem a code, of one state or of all. */
export async function redeemed(id: FederatedId, code?: string): Promise<number> {
  const asked = await askedOfProvider(ISSUERS[id])
  return asked.filter(
    ({ path, form }) => path === '/token' && (code === undefined || form.code === code),
  ).length
}
