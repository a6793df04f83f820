import { describe, expect, it } from 'vitest'
import { askedOfProvider } from '../../support/hostile.ts'
import { hostile, PERSON, refusal, signIn } from '../../support/providers.ts'

const { signal } = new AbortController()

/** What a slow one is waited for here. No other test comes near to it. */
const SHORT = 500

const REQUEST = {
  redirectUri: 'https://auth.example.org/auth/oauth/test/callback',
  state: 'state-1',
  nonce: 'nonce-1',
  codeVerifier: 'verifier-1-verifier-1-verifier-1-verifier-1',
  isReauth: false,
}

describe('a provider by OpenID Connect', () => {
  it('says who somebody is', async () => {
    const { issuer, provider } = hostile('honest')
    expect(await signIn(provider)).toEqual({
      issuer,
      subject: 'subject-1',
      email: 'maria@example.org',
      isEmailVouched: true,
      isEmailAuthoritative: false,
      username: 'maria',
      displayName: 'Maria Muster',
      avatarUrl: 'https://example.org/maria.png',
      locale: 'de-AT',
    })
  })

  it('is asked with PKCE, a nonce and the state, and with the verifier afterwards', async () => {
    const { issuer, provider } = hostile('honest')
    const url = new URL(await provider.authorizationUrl(REQUEST, signal))
    expect(url.href.startsWith(`${issuer}/authorize?`)).toBe(true)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'client-1',
      redirect_uri: REQUEST.redirectUri,
      scope: 'openid email profile',
      state: 'state-1',
      nonce: 'nonce-1',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
    expect(url.href).not.toContain(REQUEST.codeVerifier)
    await signIn(provider)
    const [, , token] = await askedOfProvider(issuer)
    expect(token?.form.code_verifier).toHaveLength(72)
    expect(token?.headers.authorization).toBe(`Basic ${btoa('client-1:secret-of-1')}`)
    expect(token?.form).not.toHaveProperty('client_secret')
  })

  it('is asked for its addresses and keys once an hour', async () => {
    const { issuer, provider } = hostile('honest')
    await signIn(provider)
    await signIn(provider)
    const paths = (await askedOfProvider(issuer)).map(({ path }) => path)
    const discovery = '/.well-known/openid-configuration'
    expect(paths).toEqual([discovery, '/authorize', '/token', '/keys', '/authorize', '/token'])
  })

  it.each(['rotating', 'rotating+no-kid'])('may change its keys: %s', async (how) => {
    const { issuer, provider } = hostile(how)
    for (let time = 0; time < 3; time++) await signIn(provider)
    const keys = (await askedOfProvider(issuer)).filter(({ path }) => path === '/keys')
    expect(keys).toHaveLength(3)
  })

  it('is asked once more where the id_token has no email', async () => {
    const { issuer, provider } = hostile('userinfo')
    expect(await signIn(provider)).toMatchObject({
      email: 'maria@example.org',
      isEmailVouched: true,
    })
    expect((await askedOfProvider(issuer)).at(-1)?.path).toBe('/userinfo')
  })

  it('need not name itself in its answer where it does not say that it does', async () => {
    expect(await signIn(hostile('no-iss').provider)).toMatchObject({ subject: 'subject-1' })
  })

  it('takes a public client', async () => {
    const { issuer, provider } = hostile('honest', undefined, { client_secret: undefined })
    await signIn(provider)
    const token = (await askedOfProvider(issuer)).find(({ path }) => path === '/token')
    expect(token?.form.client_id).toBe('client-1')
    expect(token?.headers).not.toHaveProperty('authorization')
  })

  it('has its secret in the form where the configuration says so', async () => {
    const { issuer, provider } = hostile('honest', undefined, {
      token_endpoint_auth_method: 'client_secret_post',
    })
    await signIn(provider)
    const token = (await askedOfProvider(issuer)).find(({ path }) => path === '/token')
    expect(token?.form.client_secret).toBe('secret-of-1')
  })

  it('is asked for a log-in of now to prove again who somebody is', async () => {
    const { provider } = hostile('honest')
    const url = await provider.authorizationUrl({ ...REQUEST, isReauth: true }, signal)
    const { prompt, max_age } = Object.fromEntries(new URL(url).searchParams)
    expect({ prompt, max_age }).toEqual({ prompt: 'login', max_age: '0' })
    expect(await signIn(provider, PERSON, { isReauth: true })).toMatchObject({
      subject: 'subject-1',
    })
  })

  it.each(['stale-auth', 'no-auth-time'])('is not believed to have asked with %s', async (how) => {
    const { provider } = hostile(how)
    const refused = await refusal(signIn(provider, PERSON, { isReauth: true }))
    expect(refused).toEqual({ code: 'provider_failed', cause: 'NOT_FRESH' })
  })
})

describe('a provider that is believed of some domains', () => {
  it.each([
    ['maria@example.org', true],
    ['maria@EXAMPLE.org', true],
    ['maria@example.com', false],
    ['maria@sub.example.org', false],
    ['maria@notexample.org', false],
  ])('of %s vouches: %s', async (email, isEmailVouched) => {
    const domains = ['example.org', 'example.com']
    const { provider } = hostile('honest', undefined, {
      email_domains: ['example.org'],
      authoritative_domains: domains,
    })
    expect(await signIn(provider, { ...PERSON, email })).toMatchObject({
      ...{ email, isEmailVouched, isEmailAuthoritative: isEmailVouched },
    })
  })
})

describe('a provider that cannot be believed', () => {
  it.each<[string, string]>([
    ['wrong-nonce', 'OAUTH_JWT_CLAIM_COMPARISON_FAILED'],
    ['no-nonce', 'OAUTH_INVALID_RESPONSE'],
    ['wrong-aud', 'OAUTH_JWT_CLAIM_COMPARISON_FAILED'],
    ['two-audiences', 'OAUTH_JWT_CLAIM_COMPARISON_FAILED'],
    ['wrong-iss', 'OAUTH_JWT_CLAIM_COMPARISON_FAILED'],
    ['wrong-azp', 'AUTHORIZED_PARTY'],
    ['two-audiences+wrong-azp', 'OAUTH_JWT_CLAIM_COMPARISON_FAILED'],
    ['alg-none', 'ERR_JOSE_ALG_NOT_ALLOWED'],
    ['hs256', 'ERR_JOSE_ALG_NOT_ALLOWED'],
    ['other-key', 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
    ['unknown-kid', 'ERR_JWKS_NO_MATCHING_KEY'],
    ['expired', 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED'],
    ['no-id-token', 'OAUTH_INVALID_RESPONSE'],
    ['empty-subject', 'SUBJECT'],
    ['no-subject', 'OAUTH_INVALID_RESPONSE'],
    ['long-subject', 'SUBJECT'],
    ['other-userinfo+userinfo', 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED'],
    ['wrong-iss-param', 'OAUTH_INVALID_RESPONSE'],
    ['wrong-iss-param+no-iss', 'OAUTH_INVALID_RESPONSE'],
    ['missing-iss-param', 'OAUTH_INVALID_RESPONSE'],
    ['error-200', 'ERROR_bad_verification_code'],
    ['error-word', 'ERROR_OTHER'],
    ['refused', 'ERROR_server_error'],
    ['other-issuer', 'DISCOVERY_ISSUER'],
    ...['authorization', 'token', 'keys', 'userinfo'].map((part): [string, string] => [
      `foreign-${part}`,
      'ADDRESS_NOT_NAMED',
    ]),
    ...['discovery', 'token', 'keys'].flatMap((part): [string, string][] => [
      [`silent-${part}`, 'TIMEOUT'],
      [`slow-${part}`, 'TIMEOUT'],
      [`huge-${part}`, 'ANSWER_TOO_LONG'],
      [`moved-${part}`, 'HTTP_307'],
      [`page-${part}`, 'ANSWER_NOT_JSON'],
    ]),
    ['userinfo+slow-userinfo', 'TIMEOUT'],
    ['userinfo+moved-userinfo', 'HTTP_307'],
    ['broken-discovery', 'DISCOVERY_HTTP_500'],
    ['broken-keys', 'KEYS_HTTP_500'],
    ['broken-token', 'ERROR_server_error'],
  ])('%s: provider_failed, %s', async (behaviour, cause) => {
    const isSlow = /silent|slow/.test(behaviour)
    const { issuer, provider } = hostile(behaviour, isSlow ? SHORT : undefined)
    expect(await refusal(signIn(provider))).toEqual({ code: 'provider_failed', cause })
    const asked = await askedOfProvider(issuer)
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.map(({ path }) => path).join()).not.toMatch(/foreign|moved/)
  })

  it('is not there at all', async () => {
    const { provider } = hostile('honest', undefined, { issuer: 'http://localhost:1/none' })
    expect(await refusal(provider.authorizationUrl(REQUEST, signal))).toEqual({
      code: 'provider_failed',
      cause: expect.stringMatching(/^[A-Z]/),
    })
  })

  it('was cancelled by the user: provider_denied', async () => {
    const { provider } = hostile('cancelled')
    expect(await refusal(signIn(provider))).toEqual({ code: 'provider_denied', cause: undefined })
  })

  it('is not cancelled by what somebody else sends: the state and the issuer come first', async () => {
    const { provider } = hostile('cancelled+wrong-iss-param')
    expect(await refusal(signIn(provider))).toMatchObject({ code: 'provider_failed' })
  })

  it.each(['state', 'iss', 'code'])('has %s twice in its answer', async (name) => {
    const edit = (parameters: URLSearchParams) =>
      parameters.append(name, parameters.get(name) ?? '')
    expect(await refusal(signIn(hostile('honest').provider, PERSON, { edit }))).toMatchObject({
      code: 'provider_failed',
    })
  })

  it.each([
    ['state', 'another-state'],
    ['code', 'code.bm9uZQ'],
    ['code', ''],
    ['id_token', 'x.y.z'],
  ])('answers with %s of %j', async (name, value) => {
    const edit = (parameters: URLSearchParams) => parameters.set(name, value)
    expect(await refusal(signIn(hostile('honest').provider, PERSON, { edit }))).toMatchObject({
      code: 'provider_failed',
    })
  })
})

describe('where a provider may be', () => {
  it('is on an origin that the configuration names besides', async () => {
    const { issuer, provider } = hostile('foreign-token')
    const elsewhere = new URL(issuer).origin.replace('127.0.0.1', 'localhost')
    expect(await refusal(signIn(provider))).toMatchObject({ cause: 'ADDRESS_NOT_NAMED' })
    const named = hostile('foreign-token', undefined, { origins: [elsewhere] })
    // It was asked there, and says that this is none of its issuers.
    expect(await refusal(signIn(named.provider))).toMatchObject({
      cause: 'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
    })
    const asked = await askedOfProvider(named.issuer)
    expect(asked.map(({ path }) => path)).toContain('/foreign/token')
  })
})
