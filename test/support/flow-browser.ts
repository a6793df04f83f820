import { expect } from 'vitest'
import type { ProviderProfile } from '../../src/core/federation/provider.ts'
import type { TestApp } from './app.ts'
import { ISSUERS, profileOf, remember, vouch, wayBack } from './federated.ts'
import { quoted } from './names.ts'

type Started = { authorization_url: string }

type StartOptions = {
  provider?: string
  intent?: string
  token?: string
  returnTo?: string
  address?: string
}

/** A browser as far as these flows know one: it keeps the cookie, and goes where it is sent, to the provider, too. */
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
    const answer = await post(`/auth/oauth/${provider}/start`, body, options)
    if (answer.ok) {
      const { authorization_url: url } = (await answer.clone().json()) as Started
      remember(url)
    }
    return answer
  }
  /** Begins a sign-in, and returns its state. */
  const begin = async (options: StartOptions = {}) => {
    const answer = await start(options)
    const body = (await answer.json()) as Started
    expect(answer.status, JSON.stringify(body)).toBe(200)
    return remember(body.authorization_url)
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
      await t.request(
        `/auth/oauth/${provider}/callback?${new URLSearchParams(await wayBack(parameters))}`,
        { headers: headers({ accept, 'x-test-address': address }) },
      ),
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
  profile: ProviderProfile,
  more: object = {},
): Promise<Response> {
  const browser = browserOf(t)
  const [provider] = Object.entries(ISSUERS).find(([, issuer]) => issuer === profile.issuer) ?? []
  if (!provider) throw new Error(`nobody is ${profile.issuer}`)
  return browser.exchange(await browser.arrive(vouch(profile), { provider }), more)
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
export async function foundTo(t: TestApp, owner: Owner) {
  const browser = browserOf(t)
  const profile = profileOf({ email: owner.email })
  const answer = await browser.exchange(await browser.arrive(vouch(profile)))
  expect(answer.status).toBe(409)
  const { link_token } = (await answer.json()) as { link_token: string }
  const token = owner.tokens?.access_token
  return { body: { link_token }, cookie: browser.cookie(), profile, ...(token && { token }) }
}

type Owner = { email: string; tokens?: { access_token: string } }
