import { inject } from 'vitest'

/** What the provider is asked, as far as tests look at it. */
export type AskedOfProvider = {
  method: string
  path: string
  form: Record<string, string>
  headers: Record<string, string>
}

/**
 * Returns the issuer of a provider of one's own, which behaves as is said, such as `expired` or `userinfo+no-iss`
 * (hostile-provider.ts, hostile-tokens.ts). `honest` does all as it must be.
 */
export function hostileIssuer(behaviour = 'honest', at = inject('hostileProvider')): string {
  return `${at}/${behaviour}~${crypto.randomUUID().slice(0, 8)}`
}

/** An entry of OAUTH_PROVIDERS for such a provider. */
export function hostileEntry(id: string, issuer: string) {
  return { id, name: `Provider ${id}`, issuer, client_id: 'client-1', client_secret: 'secret-of-1' }
}

/** Goes where an authorization URL leads, as somebody of whom the provider says this, and returns what comes back. */
export async function signInAtProvider(
  authorizationUrl: string,
  claims: Record<string, unknown>,
): Promise<{ url: URL; parameters: URLSearchParams; isFormPost: boolean }> {
  const url = new URL(authorizationUrl)
  url.searchParams.set('claims', JSON.stringify(claims))
  const answer = await fetch(url, { redirect: 'manual' })
  const location = answer.headers.get('location')
  const page = await answer.text()
  if (location) {
    const back = new URL(location)
    return { url: back, parameters: back.searchParams, isFormPost: false }
  }
  const unescaped = (text = '') => text.replaceAll('&quot;', '"').replaceAll('&amp;', '&')
  const parameters = new URLSearchParams()
  for (const [, name = '', value] of page.matchAll(/name="([^"]*)" value="([^"]*)"/g)) {
    parameters.set(name, unescaped(value))
  }
  const [, action] = /action="([^"]*)"/.exec(page) ?? []
  return { url: new URL(unescaped(action)), parameters, isFormPost: true }
}

/** Every request that reached a provider of this issuer. */
export async function askedOfProvider(issuer: string): Promise<AskedOfProvider[]> {
  const { origin, pathname } = new URL(issuer)
  const [, name = ''] = pathname.split('/')
  const answer = await fetch(`${origin}/asked?of=${encodeURIComponent(name)}`)
  return answer.json()
}
