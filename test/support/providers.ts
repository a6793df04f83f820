import { outbound } from '../../src/adapters/outbound.ts'
import { parseConfig } from '../../src/config/index.ts'
import { createProviders } from '../../src/core/federation/create-providers.ts'
import type { AskProvider } from '../../src/core/federation/outbound.ts'
import type { Provider, ProviderProfile } from '../../src/core/federation/provider.ts'
import { AppError } from '../../src/errors.ts'
import { SECRET } from './app.ts'
import { hostileEntry, hostileIssuer, signInAtProvider } from './hostile.ts'

const REDIRECT_URI = 'https://auth.example.org/auth/oauth/test/callback'

/** By what providers are asked, and for how long in all. */
type Asking = { ask?: AskProvider; untilMilliseconds?: number }

/** The providers of an environment, without a service around them. */
export function providersOf(
  env: Record<string, string>,
  deadlineMilliseconds?: number,
  { ask = outbound(deadlineMilliseconds), untilMilliseconds }: Asking = {},
) {
  const { federation } = parseConfig({ JWT_SECRET_KEY: SECRET, ...env })
  return createProviders(federation, ask, () => new Date(), untilMilliseconds)
}

/** A provider that behaves as is said, with no name but `test`. */
export function hostile(
  behaviour: string,
  deadlineMilliseconds?: number,
  more = {},
  asking: Asking = {},
) {
  const issuer = hostileIssuer(behaviour)
  const entry = { ...hostileEntry('test', issuer), ...more }
  const env = { OAUTH_PROVIDERS: JSON.stringify([entry]) }
  return { issuer, provider: found(providersOf(env, deadlineMilliseconds, asking).find('test')) }
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

/** Addresses that would become somebody else's, or that an older conversion takes for another. */
export const OTHER_SPELLINGS = [
  '\u017fam@example.org',
  '\ufb01nn@example.org',
  '\uff56ictim@example.org',
  '\u212aate@example.org',
  'maria@\uff45xample.org',
  'maria@ex\u00adample.org',
  'maria@example\u3002org',
  'maria@\u212aexample.org',
  'maria@m\u00fcller.example',
  'maria@XN--MLLER-KVA\uff0eexample',
  'maria@\uff58n--mller-kva.example',
]

function found(provider: Provider | undefined): Provider {
  if (!provider) throw new Error('the provider is not there')
  return provider
}
