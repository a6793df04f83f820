import { expect } from 'vitest'
import type {
  AuthorizationRequest,
  Provider,
  ProviderProfile,
  Providers,
} from '../../src/core/federation/provider.ts'
import { AppError, type ProblemCode } from '../../src/errors.ts'
import type { TestApp } from './app.ts'
import { quoted, uniqueName } from './names.ts'

export const RETURN_TO = 'https://app.example.org/signed-in'
export const RETURN_ALSO = 'https://app.example.org/popup?kind=popup'
/** What an app that federates is configured with. Its providers are the fake ones, which ask nobody. */
export const FEDERATED = { OAUTH_RETURN_URLS: `${RETURN_TO},${RETURN_ALSO}` }

const ISSUER = 'https://fake.example.com'

type Asked = AuthorizationRequest & { parameters: URLSearchParams }

/** Providers that vouch for whatever a test says, with the protocol left out: nothing is sent. */
export function fakeProviders() {
  const people = new Map<string, ProviderProfile | ProblemCode>()
  const asked: Asked[] = []
  const provider = (id: string, isFormPost = false): Provider => ({
    ...{ id, name: `Fake ${id}`, isFormPost },
    async authorizationUrl({ redirectUri, state, nonce, codeVerifier, isReauth }) {
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(codeVerifier))
      const challenge = btoa(String.fromCharCode(...new Uint8Array(digest)))
      const query = new URLSearchParams({ redirect_uri: redirectUri, state, nonce, challenge })
      if (isReauth) query.set('prompt', 'login')
      return `https://${id}.example.com/authorize?${query}`
    },
    async profileOf(response) {
      asked.push(response)
      const { parameters } = response
      if (parameters.get('error') === 'access_denied') throw new AppError('provider_denied')
      const found = people.get(parameters.get('code') ?? '')
      if (!found) throw new AppError('provider_failed')
      if (typeof found === 'string') throw new AppError(found)
      return found
    },
  })
  const all = [provider('fake'), provider('other'), provider('posting', true)]
  const providers: Providers = {
    list: all.map(({ id, name }) => ({ id, name })),
    find: (id) => all.find((one) => one.id === id),
  }
  return {
    providers,
    /** What the providers were asked, the last one last. */
    asked,
    /** Has the providers say this of whoever brings the code back. */
    vouch: (said: ProviderProfile | ProblemCode) => {
      const code = crypto.randomUUID()
      people.set(code, said)
      return code
    },
  }
}

export type FakeProviders = ReturnType<typeof fakeProviders>

/** Somebody whom a provider vouches for, and whom nobody else in the run is. */
export function profileOf(said: Partial<ProviderProfile> = {}): ProviderProfile {
  const name = uniqueName('f')
  return {
    ...{ issuer: ISSUER, subject: `subject-${name}`, email: `${name}@example.net` },
    ...{ isEmailVouched: true, isEmailAuthoritative: false, username: name },
    ...{ displayName: null, avatarUrl: null, locale: null },
    ...said,
  }
}

type StartOptions = {
  provider?: string
  intent?: string
  token?: string
  returnTo?: string
  address?: string
}

/** A browser as far as these flows know one: it keeps the cookie, and goes where it is sent. */
export function browserOf(t: TestApp) {
  let cookie = ''
  const keep = (answer: Response) => {
    const set = answer.headers.get('set-cookie')
    if (set !== null) cookie = set.split(';')[0] ?? ''
    return answer
  }
  const headers = (more: Record<string, string | undefined> = {}) =>
    Object.fromEntries(
      Object.entries({ ...(cookie && { cookie }), ...more }).filter(([, value]) => value),
    ) as Record<string, string>
  const post = async (path: string, body: unknown, { token, address }: StartOptions = {}) =>
    keep(
      await t.request(path, {
        method: 'POST',
        headers: headers({
          'content-type': 'application/json',
          authorization: token && `Bearer ${token}`,
          'x-test-address': address,
        }),
        body: JSON.stringify(body),
      }),
    )
  const start = async (options: StartOptions = {}) => {
    const { provider = 'fake', intent, returnTo } = options
    const body = { ...(intent && { intent }), ...(returnTo && { return_to: returnTo }) }
    return post(`/auth/oauth/${provider}/start`, body, options)
  }
  /** Begins a sign-in, and returns its state. */
  const begin = async (options: StartOptions = {}) => {
    const answer = await start(options)
    const body = (await answer.json()) as { authorization_url: string }
    expect(answer.status, JSON.stringify(body)).toBe(200)
    return new URL(body.authorization_url).searchParams.get('state') ?? ''
  }
  const callback = async (
    parameters: Record<string, string>,
    {
      provider = 'fake',
      accept,
      address,
    }: { provider?: string; accept?: string; address?: string } = {},
  ) =>
    keep(
      await t.request(`/auth/oauth/${provider}/callback?${new URLSearchParams(parameters)}`, {
        headers: headers({ accept, 'x-test-address': address }),
      }),
    )
  const exchange = (code: string, more: object = {}, options: StartOptions = {}) =>
    post('/auth/oauth/exchange', { code, ...more }, options)
  return {
    cookie: () => cookie,
    /** Takes the cookie of another browser, as whoever stole it would. */
    steal: (stolen: string) => {
      cookie = stolen
    },
    post,
    start,
    begin,
    callback,
    exchange,
    /** Goes to the provider and back, and returns the code of the sign-in. */
    arrive: async (code: string, options: StartOptions = {}) => {
      const state = await begin(options)
      return codeIn(await callback({ code, state }, options))
    },
  }
}

/** The code in the address that a browser is sent back to. */
export function codeIn(answer: Response): string {
  const location = answer.headers.get('location') ?? ''
  expect(answer.status, location).toBe(303)
  const code = new URL(location).searchParams.get('code')
  expect(code, location).not.toBeNull()
  return code ?? ''
}

/** Signs in as somebody whom a provider describes, in a new browser. */
export async function signIn(
  t: TestApp,
  fake: FakeProviders,
  profile: ProviderProfile,
  more: object = {},
): Promise<Response> {
  const browser = browserOf(t)
  return browser.exchange(await browser.arrive(fake.vouch(profile)), more)
}

/** Links the identity of a profile to somebody behind the API's back. */
export async function linkedTo(
  t: TestApp,
  { id }: { id: string },
  { issuer, subject }: ProviderProfile,
): Promise<void> {
  await t.column(`insert into edge_auth.identities
    (issuer, subject, id, user_id, provider, email_verified)
    values (${[issuer, subject, crypto.randomUUID(), id, 'fake'].map(quoted).join(', ')}, true) returning id::text`)
}

/** What somebody links an identity by that was found to have their verified email. */
export async function foundTo(t: TestApp, fake: FakeProviders, owner: Owner) {
  const browser = browserOf(t)
  const profile = profileOf({ email: owner.email })
  const answer = await browser.exchange(await browser.arrive(fake.vouch(profile)))
  expect(answer.status).toBe(409)
  const { link_token } = (await answer.json()) as { link_token: string }
  const token = owner.tokens?.access_token
  return { body: { link_token }, cookie: browser.cookie(), profile, ...(token && { token }) }
}

type Owner = { email: string; tokens?: { access_token: string } }
