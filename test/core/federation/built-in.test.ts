import { decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { appleKey } from '../../support/apple-key.ts'
import { askedOfProvider } from '../../support/hostile.ts'
import {
  builtIn,
  OTHER_SPELLINGS,
  PERSON,
  providersOf,
  refusal,
  signIn,
} from '../../support/providers.ts'

const { signal } = new AbortController()

describe('Google', () => {
  it.each([
    [{ email: 'maria@gmail.com', email_verified: true }, true, true],
    [{ email: 'maria@googlemail.com', email_verified: 'true' }, true, true],
    [{ email: 'maria@gmail.com', email_verified: 'false' }, false, false],
    [{ email: 'maria@gmail.com', email_verified: false }, false, false],
    [{ email: 'maria@gmail.com' }, false, false],
    [{ email: 'maria@example.org', email_verified: true }, true, false],
    [{ email: 'maria@example.org', email_verified: true, hd: 'example.org' }, true, true],
    [{ email: 'maria@example.org', email_verified: true, hd: 'example.com' }, true, false],
    [{ email: 'maria@example.org', email_verified: false, hd: 'example.org' }, false, false],
    [{ email: 'maria@sub.gmail.com', email_verified: true }, true, false],
  ])('of %j vouches: %s, is authoritative: %s', async (claims, vouches, isAuthoritative) => {
    const { base, provider } = builtIn('google', 'honest')
    expect(await signIn(provider, { sub: 's-1', ...claims })).toMatchObject({
      issuer: base,
      subject: 's-1',
      email: claims.email,
      isEmailVouched: vouches,
      isEmailAuthoritative: isAuthoritative,
    })
  })
})

describe('GitHub', () => {
  const profile = { id: 5_000_001, login: 'maria', name: 'Maria', email: 'public@example.org' }
  const avatar = { avatar_url: 'https://avatars.example.org/u/1' }
  const primary = { email: 'maria@example.org', primary: true, verified: true }
  const other = { email: 'other@example.org', primary: false, verified: true }

  it('is known by the number, and by the primary address', async () => {
    const { base, provider } = builtIn('github')
    const claims = { ...profile, ...avatar, emails: [other, primary] }
    expect(await signIn(provider, claims)).toEqual({
      issuer: base,
      subject: '5000001',
      email: 'maria@example.org',
      isEmailVouched: true,
      isEmailAuthoritative: false,
      username: 'maria',
      displayName: 'Maria',
      avatarUrl: 'https://avatars.example.org/u/1',
      locale: null,
    })
    const asked = await askedOfProvider(base)
    expect(asked.map(({ path }) => path)).toEqual([
      '/login/oauth/authorize',
      '/login/oauth/access_token',
      '/user',
      '/user/emails',
    ])
    const [, ...ours] = asked
    expect(ours.map(({ headers }) => headers['user-agent'])).toEqual(Array(3).fill('edge-auth'))
    expect(ours.map(({ headers }) => headers.accept)).toEqual(Array(3).fill('application/json'))
    expect(ours[0]?.form.code_verifier).toHaveLength(72)
  })

  it.each([
    ['an unverified primary one', [{ ...primary, verified: false }, other], 'maria@example.org'],
    ['none', [], null],
    ['no primary one', [other], null],
    ['something else', { message: 'no' }, null],
  ])('does not vouch with %s', async (_, emails, email) => {
    const { provider } = builtIn('github')
    expect(await signIn(provider, { ...profile, emails })).toMatchObject({
      email,
      isEmailVouched: false,
      isEmailAuthoritative: false,
    })
  })

  it.each(['error-200+no-iss', 'profile-error-200+no-iss'])(
    'says no with status 200: %s',
    async (how) => {
      const { provider } = builtIn('github', how)
      expect(await refusal(signIn(provider, profile))).toMatchObject({
        code: 'provider_failed',
        cause: expect.stringMatching(/^ERROR_/),
      })
    },
  )

  it.each([[undefined], [''], [null], [1.5], [2 ** 60], [{}]])(
    'is nobody with the id %j',
    async (id) => {
      const { provider } = builtIn('github')
      expect(await refusal(signIn(provider, { ...profile, id }))).toEqual({
        code: 'provider_failed',
        cause: 'SUBJECT',
      })
    },
  )

  it('may name itself, and no other, in its answer', async () => {
    expect(await refusal(signIn(builtIn('github', 'wrong-iss-param').provider, profile))).toEqual({
      code: 'provider_failed',
      cause: 'OAUTH_INVALID_RESPONSE',
    })
  })
})

describe('Apple', () => {
  const person = { sub: '001.a', email: 'x@privaterelay.appleid.com', email_verified: 'true' }

  it('comes by a form, with the name once, and gets a secret that is signed for minutes', async () => {
    const { env, publicKey } = await appleKey()
    const { base, provider } = builtIn('apple', 'honest', env)
    expect(provider.isFormPost).toBe(true)
    const form_user = {
      name: { firstName: 'Maria', lastName: 'Muster' },
      email: 'evil@example.org',
    }
    expect(await signIn(provider, { ...person, form_user })).toMatchObject({
      subject: '001.a',
      email: 'x@privaterelay.appleid.com',
      isEmailVouched: true,
      isEmailAuthoritative: true,
      displayName: 'Maria Muster',
    })
    const token = (await askedOfProvider(base)).find(({ path }) => path === '/token')
    const secret = token?.form.client_secret ?? ''
    expect(decodeProtectedHeader(secret)).toEqual({ alg: 'ES256', kid: 'KEYID12345' })
    const { payload } = await jwtVerify(secret, publicKey, {
      issuer: 'TEAM123456',
      subject: 'client-1',
      audience: base,
    })
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300)
  })

  it.each([
    [{ ...person, email_verified: 'false' }, false, false],
    [{ ...person, email_verified: true, email: 'maria@icloud.com' }, true, true],
    [{ ...person, email: 'maria@example.org' }, true, false],
  ])('of %j vouches: %s, is authoritative: %s', async (claims, vouches, isAuthoritative) => {
    const { env } = await appleKey()
    const { provider } = builtIn('apple', 'honest', env)
    expect(await signIn(provider, claims)).toMatchObject({
      isEmailVouched: vouches,
      isEmailAuthoritative: isAuthoritative,
      displayName: null,
    })
  })
})

describe('Microsoft', () => {
  const tid = '11111111-2222-3333-4444-555555555555'
  /** Where everybody's own accounts are. */
  const OWN_ACCOUNTS = '9188040d-6c67-4b5b-b112-36a304b66dad'
  const oid = '66666666-7777-8888-9999-000000000000'
  const person = { sub: 'pairwise', tid, oid, email: 'maria@example.org' }

  it('is an issuer for each tenant, and known by tenant and object', async () => {
    const { base, provider } = builtIn('microsoft', 'honest')
    expect(await signIn(provider, { ...person, xms_edov: '1' })).toMatchObject({
      issuer: `${base}/${tid}/v2.0`,
      subject: `${tid}:${oid}`,
      isEmailVouched: true,
      isEmailAuthoritative: false,
    })
    const [{ path } = { path: '' }] = await askedOfProvider(base)
    expect(path).toBe('/common/v2.0/.well-known/openid-configuration')
  })

  it.each([
    [true, true],
    [1, true],
    ['1', true],
    ['true', true],
    [false, false],
    [0, false],
    ['0', false],
    ['false', false],
    [undefined, false],
  ])('with xms_edov of %j vouches: %s', async (xms_edov, vouches) => {
    const { provider } = builtIn('microsoft', 'honest')
    const claims = { ...person, xms_edov, email_verified: true }
    expect(await signIn(provider, claims)).toMatchObject({ isEmailVouched: vouches })
  })

  it.each([
    ['no object', { oid: undefined }, 'SUBJECT'],
    ['no tenant', { tid: undefined }, 'TENANT'],
    ['something else for a tenant', { tid: '../evil' }, 'TENANT'],
  ])('is nobody with %s', async (_, more, cause) => {
    const { provider } = builtIn('microsoft', 'no-iss')
    expect(await refusal(signIn(provider, { ...person, ...more }))).toEqual({
      code: 'provider_failed',
      cause,
    })
  })

  it('is not another tenant than the token says', async () => {
    const { provider } = builtIn('microsoft', 'wrong-iss')
    expect(await refusal(signIn(provider, person))).toMatchObject({ code: 'provider_failed' })
    const { base, provider: other } = builtIn('microsoft', 'honest')
    const tenant = `${base}/99999999-2222-3333-4444-555555555555/v2.0`
    const edit = (parameters: URLSearchParams) => parameters.set('iss', tenant)
    expect(await refusal(signIn(other, person, { edit }))).toEqual({
      code: 'provider_failed',
      cause: 'ISSUER',
    })
  })

  it('gets no code that another issuer gave', async () => {
    const { base, provider } = builtIn('microsoft', 'wrong-iss-param')
    expect(await refusal(signIn(provider, person))).toEqual({
      code: 'provider_failed',
      cause: 'OAUTH_INVALID_RESPONSE',
    })
    expect((await askedOfProvider(base)).some(({ path }) => path.endsWith('/token'))).toBe(false)
  })

  it.each([
    ['common', OWN_ACCOUNTS, true],
    ['common', tid, true],
    ['organizations', OWN_ACCOUNTS, false],
    ['organizations', tid, true],
    ['consumers', OWN_ACCOUNTS, true],
    ['consumers', tid, false],
    [tid, OWN_ACCOUNTS, false],
  ])('of %s takes somebody of %s: %s', async (tenant, of, isTaken) => {
    const { base, provider } = builtIn('microsoft', 'no-iss', { OAUTH_MICROSOFT_TENANT: tenant })
    const entered = signIn(provider, { ...person, tid: of })
    if (isTaken) expect(await entered).toMatchObject({ issuer: `${base}/${of}/v2.0` })
    else expect(await refusal(entered)).toEqual({ code: 'provider_failed', cause: 'TENANT' })
  })

  it('of one tenant is no other', async () => {
    const env = { OAUTH_MICROSOFT_TENANT: '99999999-2222-3333-4444-555555555555' }
    const own = builtIn('microsoft', 'honest', { OAUTH_MICROSOFT_TENANT: tid })
    expect(await signIn(own.provider, person)).toMatchObject({ issuer: `${own.base}/${tid}/v2.0` })
    const another = builtIn('microsoft', 'wrong-iss+no-iss', env).provider
    expect(await refusal(signIn(another, person))).toMatchObject({ code: 'provider_failed' })
  })
})

describe('the others', () => {
  it('Discord has no email, or says whether it is verified', async () => {
    const person = { id: '80351110224678912', username: 'maria', global_name: 'Maria' }
    const more = { avatar: 'a_1', locale: 'en-US', email: 'maria@example.org', verified: true }
    const { base, provider } = builtIn('discord')
    expect(await signIn(provider, { ...person, ...more })).toEqual({
      issuer: base,
      subject: '80351110224678912',
      email: 'maria@example.org',
      isEmailVouched: true,
      isEmailAuthoritative: false,
      username: 'maria',
      displayName: 'Maria',
      avatarUrl: 'https://cdn.discordapp.com/avatars/80351110224678912/a_1.png',
      locale: 'en-US',
    })
    const bare = { ...person, avatar: null, email: null, verified: true }
    expect(await signIn(builtIn('discord').provider, bare)).toMatchObject({
      email: null,
      isEmailVouched: false,
      avatarUrl: null,
    })
    const unverified = { ...person, ...more, verified: false }
    expect(await signIn(builtIn('discord').provider, unverified)).toMatchObject({
      isEmailVouched: false,
    })
  })

  it('GitLab speaks OpenID Connect where it is', async () => {
    const { base, provider } = builtIn('gitlab', 'honest')
    expect(await signIn(provider)).toMatchObject({ issuer: base, isEmailVouched: true })
  })

  it('Facebook vouches for nothing', async () => {
    const picture = { data: { url: 'https://example.org/p.png' } }
    const person = { id: '123', name: 'Maria', email: 'maria@example.org', picture }
    const { provider } = builtIn('facebook')
    expect(
      await signIn(provider, { ...person, email_verified: true, verified: true }),
    ).toMatchObject({
      subject: '123',
      email: 'maria@example.org',
      isEmailVouched: false,
      avatarUrl: 'https://example.org/p.png',
    })
  })

  it('LinkedIn knows neither PKCE nor a nonce', async () => {
    const { base, provider } = builtIn('linkedin', 'openid+no-iss')
    const locale = { country: 'AT', language: 'de' }
    expect(await signIn(provider, { ...PERSON, locale })).toMatchObject({
      subject: 'subject-1',
      isEmailVouched: true,
      locale: 'de',
    })
    const [, authorize, token] = await askedOfProvider(base)
    expect(authorize?.path).toBe('/authorize')
    expect(token?.form).not.toHaveProperty('code_verifier')
    const request = {
      redirectUri: 'https://a.example.org',
      state: 's',
      nonce: 'n',
      isReauth: false,
    }
    const url = await provider.authorizationUrl({ ...request, codeVerifier: 'v' }, signal)
    expect(url).not.toMatch(/nonce|code_challenge/)
  })

  it('Slack speaks OpenID Connect, and knows nobody but in a workspace', async () => {
    const person = {
      ...PERSON,
      'https://slack.com/team_id': 'T0R7GR',
      'https://slack.com/user_id': 'U0R7JM',
    }
    expect(await signIn(builtIn('slack', 'honest').provider, person)).toMatchObject({
      subject: 'T0R7GR:U0R7JM',
      isEmailVouched: true,
    })
    for (const lacking of Object.keys(person).filter((name) => name.startsWith('https:'))) {
      const { provider } = builtIn('slack', 'honest')
      expect(await refusal(signIn(provider, { ...person, [lacking]: undefined }))).toEqual({
        code: 'provider_failed',
        cause: 'SUBJECT',
      })
    }
  })

  it.each(['slack', 'linkedin', 'apple', 'google'])(
    '%s may say that a log-in of long ago still holds, for it was asked for no other',
    async (id) => {
      const { env } = await appleKey()
      const how = id === 'linkedin' ? 'openid+no-iss' : 'honest'
      const { provider } = builtIn(id, how, id === 'apple' ? env : {})
      const team = { 'https://slack.com/team_id': 'T1', 'https://slack.com/user_id': 'U1' }
      const person = { ...PERSON, ...team, auth_time: 1_700_000_000 }
      expect(await signIn(provider, person, { isReauth: true })).toMatchObject({
        email: PERSON.email,
      })
    },
  )

  it.each(['gitlab', 'microsoft'])('%s was asked for a new log-in, and may not', async (id) => {
    const { provider } = builtIn(id, 'stale-auth')
    const tenant = { tid: '11111111-2222-3333-4444-555555555555', oid: 'o' }
    const stale = signIn(provider, { ...PERSON, ...tenant }, { isReauth: true })
    expect(await refusal(stale)).toEqual({ code: 'provider_failed', cause: 'NOT_FRESH' })
  })

  it('X gives an address only if it is confirmed, and wraps all in data', async () => {
    const data = { id: '2244994945', username: 'maria', name: 'Maria' }
    const { base, provider } = builtIn('x')
    expect(await signIn(provider, { data: { ...data, confirmed_email: 'm@example.org' } })).toEqual(
      {
        issuer: base,
        subject: '2244994945',
        email: 'm@example.org',
        isEmailVouched: true,
        isEmailAuthoritative: false,
        username: 'maria',
        displayName: 'Maria',
        avatarUrl: null,
        locale: null,
      },
    )
    const token = (await askedOfProvider(base)).find(({ path }) => path.endsWith('/token'))
    expect(token?.headers.authorization).toBe(`Basic ${btoa('client-1:secret-of-1')}`)
    expect(await signIn(builtIn('x').provider, { data })).toMatchObject({
      email: null,
      isEmailVouched: false,
    })
  })

  it('are asked where they are, by https alone', async () => {
    const { env } = await appleKey()
    const ids = 'google github apple microsoft discord gitlab facebook linkedin slack x'.split(' ')
    const credentials = ids.flatMap((id) => [
      [`OAUTH_${id.toUpperCase()}_CLIENT_ID`, 'client-1'],
      ...(id === 'apple' ? [] : [[`OAUTH_${id.toUpperCase()}_CLIENT_SECRET`, 'secret-of-1']]),
    ])
    const more = { ...env, PUBLIC_URL: 'https://auth.example.org' }
    const { list } = providersOf({ ...Object.fromEntries(credentials), ...more })
    expect(list.map(({ id }) => id)).toEqual(ids)
  })
})

describe('what is kept of a profile', () => {
  it.each<[object, object]>([
    [{ email: 'no mailbox' }, { email: null, isEmailVouched: false }],
    [{ email: 'a@b.example, c@d.example' }, { email: null, isEmailVouched: false }],
    [{ email: ['maria@example.org'] }, { email: null, isEmailVouched: false }],
    ...OTHER_SPELLINGS.map(
      (email) => [{ email }, { email: null, isEmailVouched: false }] as [object, object],
    ),
    [{ email: 'Maria@EXAMPLE.org' }, { email: 'Maria@EXAMPLE.org', isEmailVouched: true }],
    [{ email: 'maria@xn--mller-kva.example' }, { isEmailVouched: true }],
    [{ picture: 'http://example.org/maria.png' }, { avatarUrl: null }],
    [{ picture: 'javascript:alert(1)' }, { avatarUrl: null }],
    [{ picture: `https://example.org/${'x'.repeat(500)}` }, { avatarUrl: null }],
    [{ name: 'x'.repeat(101) }, { displayName: null }],
    [{ name: 'Maria\u202emuster' }, { displayName: null }],
    [{ preferred_username: 'x'.repeat(101) }, { username: null }],
    [{ preferred_username: { of: 'maria' } }, { username: null }],
    [{ locale: 'no language at all' }, { locale: null }],
    [{ email_verified: 'FALSE' }, { isEmailVouched: false }],
    [{ email_verified: {} }, { isEmailVouched: false }],
  ])('of %j: %j', async (claims, kept) => {
    const { provider } = builtIn('gitlab', 'honest')
    expect(await signIn(provider, { ...PERSON, ...claims })).toMatchObject(kept)
  })
})
