import { outbound } from '../../src/adapters/outbound.ts'
import { parseConfig } from '../../src/config/index.ts'
import { createProviders } from '../../src/core/federation/create-providers.ts'
import type { Provider, ProviderProfile } from '../../src/core/federation/provider.ts'
import { AppError } from '../../src/errors.ts'
import { SECRET } from './app.ts'
import { hostileEntry, hostileIssuer, signInAtProvider } from './hostile.ts'

const REDIRECT_URI = 'https://auth.example.org/auth/oauth/test/callback'

/** The providers of an environment, without a service around them. */
export function providersOf(env: Record<string, string>, deadlineMilliseconds?: number) {
  const { federation } = parseConfig({ JWT_SECRET_KEY: SECRET, ...env })
  return createProviders(federation, outbound(deadlineMilliseconds), () => new Date())
}

/** A provider that behaves as is said, with no name but `test`. */
export function hostile(behaviour: string, deadlineMilliseconds?: number, more = {}) {
  const issuer = hostileIssuer(behaviour)
  const entry = { ...hostileEntry('test', issuer), ...more }
  const env = { OAUTH_PROVIDERS: JSON.stringify([entry]) }
  return { issuer, provider: found(providersOf(env, deadlineMilliseconds).find('test')) }
}

/** One of the built-in providers, by what stands for it in tests. */
export function builtIn(id: string, behaviour = 'no-iss', more: Record<string, string> = {}) {
  const base = hostileIssuer(behaviour)
  const upper = id.toUpperCase()
  const env = {
    [`OAUTH_${upper}_BASE_URL`]: base,
    [`OAUTH_${upper}_CLIENT_ID`]: 'client-1',
    ...(id === 'apple' ? {} : { [`OAUTH_${upper}_CLIENT_SECRET`]: 'secret-of-1' }),
    ...more,
  }
  return { base, provider: found(providersOf(env).find(id)) }
}

type Options = {
  isReauth?: boolean
  /** Changes what the browser comes back with. */
  edit?: (parameters: URLSearchParams) => void
}

/** Signs in once, as somebody of whom the provider says this. */
export async function signIn(
  provider: Provider,
  claims: Record<string, unknown> = PERSON,
  { isReauth = false, edit }: Options = {},
): Promise<ProviderProfile> {
  const request = {
    redirectUri: REDIRECT_URI,
    state: crypto.randomUUID(),
    nonce: crypto.randomUUID(),
    codeVerifier: crypto.randomUUID() + crypto.randomUUID(),
    isReauth,
  }
  const { signal } = new AbortController()
  const url = await provider.authorizationUrl(request, signal)
  const { parameters } = await signInAtProvider(url, claims)
  edit?.(parameters)
  return provider.profileOf({ ...request, parameters }, signal)
}

/** The code of the refusal, and what the log can tell of it. */
export async function refusal(work: Promise<unknown>): Promise<{ code: string; cause: unknown }> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof AppError)) throw error ?? new Error('nothing was refused')
  return { code: error.code, cause: Object(error.cause).code }
}

export const PERSON = {
  sub: 'subject-1',
  email: 'maria@example.org',
  email_verified: true,
  name: 'Maria Muster',
  preferred_username: 'maria',
  picture: 'https://example.org/maria.png',
  locale: 'de-at',
}

function found(provider: Provider | undefined): Provider {
  if (!provider) throw new Error('the provider is not there')
  return provider
}
