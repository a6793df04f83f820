import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, describe, expect, it } from 'vitest'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { asPage, cookieOf, logInByCookie } from '../support/cookies.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { type Pair, setSession } from '../support/sessions.ts'

const t: TestApp = await createTestApp({ env: { COOKIE_ORIGINS: 'https://app.example.org' } })
afterAll(() => t.close())

/** Who is not on this machine alone sends mail. */
const REAL_MAIL = { MAIL_PROVIDER: 'none', LOGIN_CODES: 'false' }

const body = (name: string) => ({
  username_or_email: name,
  password: PASSWORD,
  transport: 'cookie',
})
const tokenOf = async (cookie: string) =>
  (await asPage(t, 'POST', '/auth/session/token', { cookie })).json() as Promise<Pair>
const me = (cookie: string) => asPage(t, 'GET', '/auth/me', { cookie })

describe('a log-in by cookie', () => {
  it('gives an access token, and a cookie that no script reads', async () => {
    const person = await t.signup()
    const answer = await asPage(t, 'POST', '/auth/login', { body: body(person.username) })
    expect(answer.status).toBe(200)
    const said = await answer.json()
    expect(Object.keys(said).sort()).toEqual(['access_token', 'expires_in', 'token_type'])
    const cookie = answer.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/^ea_session=[\w.-]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('vary')).toBe('Origin, Cookie')
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true')
    expect((await t.get('/auth/me', said.access_token)).status).toBe(200)
    const value = cookieOf(answer).split('=')[1] ?? ''
    expect(decodeProtectedHeader(value)).toMatchObject({ typ: 'ct+jwt' })
    expect(JSON.stringify(decodeJwt(value))).not.toContain(person.username)
    const ageSeconds = Number(/Max-Age=(\d+)/.exec(cookie)?.[1])
    expect(ageSeconds).toBeGreaterThan(t.config.sessions.lifetimeSeconds - 60)
    expect(ageSeconds).toBeLessThanOrEqual(t.config.sessions.lifetimeSeconds)
  })

  it('has the prefix, and goes by TLS alone, where the service is not local', async () => {
    const env = {
      PUBLIC_URL: 'https://auth.example.org',
      COOKIE_ORIGINS: 'https://app.example.org',
      ...REAL_MAIL,
    }
    const far = await t.beside({ env })
    const { username } = await far.signup()
    const answer = await asPage(far, 'POST', '/auth/login', { body: body(username) })
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Host-Http-ea_session=[\w.-]+; Path=\/; Max-Age=\d+; HttpOnly; Secure; SameSite=Strict$/,
    )
    const cookie = cookieOf(answer)
    expect((await asPage(far, 'GET', '/auth/me', { cookie })).status).toBe(200)
    const renamed = cookie.replace('__Host-Http-', '')
    await expectProblem(await asPage(far, 'GET', '/auth/me', { cookie: renamed }), 'token_missing')
  })

  it('is asked for by no other word', async () => {
    const { username } = await t.signup()
    const wrong = { ...body(username), transport: 'Cookie' }
    await expectProblem(
      await asPage(t, 'POST', '/auth/login', { body: wrong }),
      'validation_failed',
    )
  })
})

describe('the cookie of a session', () => {
  it('is taken wherever an access token is', async () => {
    const person = await t.signup()
    const cookie = await logInByCookie(t, person)
    expect(await (await me(cookie)).json()).toMatchObject({ username: person.username })
    const change = { body: { display_name: 'Ada' }, cookie }
    expect((await asPage(t, 'PATCH', '/auth/me', change)).status).toBe(200)
    const { sessions } = await (await asPage(t, 'GET', '/auth/sessions', { cookie })).json()
    expect(sessions).toMatchObject([{ transport: 'cookie', current: true }])
  })

  it('gives access tokens, which differ, and never a refresh token', async () => {
    const cookie = await logInByCookie(t, await t.signup())
    const first = await asPage(t, 'POST', '/auth/session/token', { cookie })
    expect(first.headers.has('set-cookie')).toBe(false)
    const said = await first.json()
    expect(Object.keys(said).sort()).toEqual(['access_token', 'expires_in', 'token_type'])
    expect((await t.get('/auth/me', said.access_token)).status).toBe(200)
    t.advance(2)
    const second = await tokenOf(cookie)
    t.advance(-2)
    const [one, other] = [said, second].map((token) => decodeJwt(token.access_token))
    expect(one?.jti).not.toBe(other?.jti)
  })

  it('is ignored where a header says who calls, even if that is nobody', async () => {
    const cookie = await logInByCookie(t, await t.signup())
    const other = await t.signup()
    const { access_token } = await t.login(other)
    const headers = { authorization: `Bearer ${access_token}` }
    const answer = await asPage(t, 'GET', '/auth/me', { cookie, headers })
    expect(await answer.json()).toMatchObject({ username: other.username })
    const bad = { authorization: 'Bearer x' }
    await expectProblem(
      await asPage(t, 'GET', '/auth/me', { cookie, headers: bad }),
      'token_invalid',
    )
    const basic = { authorization: 'Basic eDp5' }
    const path = '/auth/session/token'
    await expectProblem(await asPage(t, 'POST', path, { cookie, headers: basic }), 'token_invalid')
  })

  it('ends with its session, wherever that is ended', async () => {
    const person = await t.signup()
    const [cookie, other] = [await logInByCookie(t, person), await logInByCookie(t, person)]
    const { sessions } = await (await asPage(t, 'GET', '/auth/sessions', { cookie })).json()
    const { id } = sessions.find(({ current }: { current: boolean }) => !current)
    expect((await asPage(t, 'DELETE', `/auth/sessions/${id}`, { cookie })).status).toBe(204)
    await expectProblem(await me(other), 'token_invalid')
    await expectProblem(
      await asPage(t, 'POST', '/auth/session/token', { cookie: other }),
      'token_invalid',
    )
    expect((await me(cookie)).status).toBe(200)
  })

  it.each([
    ['POST', '/auth/logout', undefined],
    ['POST', '/auth/logout-all', {}],
    ['DELETE', '/auth/me', { current_password: PASSWORD }],
  ])('is forgotten by %s %s', async (method, path, sent) => {
    const cookie = await logInByCookie(t, await t.signup())
    const answer = await asPage(t, method, path, { cookie, body: sent })
    expect(answer.status).toBe(204)
    expect(cookieOf(answer)).toBe('')
    await expectProblem(await me(cookie), 'token_invalid')
  })

  it('is forgotten by a log-out whose session has ended already', async () => {
    const cookie = await logInByCookie(t, await t.signup())
    await asPage(t, 'POST', '/auth/logout', { cookie })
    const again = await asPage(t, 'POST', '/auth/logout', { cookie })
    expect(again.status).toBe(204)
    expect(cookieOf(again)).toBe('')
  })

  it('stays where all others are ended', async () => {
    const cookie = await logInByCookie(t, await t.signup())
    const answer = await asPage(t, 'POST', '/auth/logout-all', {
      cookie,
      body: { keep_current: true },
    })
    expect(answer.headers.has('set-cookie')).toBe(false)
    expect((await me(cookie)).status).toBe(200)
  })
})

describe('a renewal of the cookie', () => {
  const RENEWING = {
    'a step-up': (cookie: string) =>
      asPage(t, 'POST', '/auth/reauth', { cookie, body: { password: PASSWORD } }),
    'a password change': (cookie: string) =>
      asPage(t, 'POST', '/auth/password', {
        cookie,
        body: { current_password: PASSWORD, new_password: 'another battery, another staple' },
      }),
  }

  it.each(Object.entries(RENEWING))('by %s ends the former one', async (name, renew) => {
    const cookie = await logInByCookie(t, await t.signup())
    const answer = await renew(cookie)
    expect(answer.ok).toBe(true)
    const next = cookieOf(answer)
    expect(next).not.toBe(cookie)
    expect((await me(next)).status).toBe(200)
    // For a few seconds the former one works, for what was under way.
    expect((await me(cookie)).status).toBe(200)
    const token = await asPage(t, 'POST', '/auth/session/token', { cookie })
    expect(token.status).toBe(200)
    expect(token.headers.has('set-cookie')).toBe(name === 'a step-up')
    // A lost answer comes again, but for who may be kept out by a new password.
    if (token.headers.has('set-cookie')) expect(cookieOf(token)).toBe(next)
    expect(await token.json()).not.toHaveProperty('refresh_token')
    await setSession(t, await tokenOf(next), "issued_at = issued_at - interval '1 minute'")
    await expectProblem(await me(cookie), 'token_invalid')
    await expectProblem(await asPage(t, 'POST', '/auth/session/token', { cookie }), 'token_invalid')
    expect((await me(next)).status).toBe(200)
  })

  it('is no matter of how often it is used', async () => {
    const cookie = await logInByCookie(t, await t.signup())
    for (let use = 0; use < 3; use++) {
      const answer = await me(cookie)
      expect(answer.headers.has('set-cookie')).toBe(false)
    }
  })
})

describe('the idle limit of a cookie session', () => {
  const expiry = async (tokens: Pair) =>
    t.column(`select idle_expires_at::text || ' ' || rotated_at::text from edge_auth.sessions
      where id = '${decodeJwt(tokens.access_token).sid}'`)

  it.each([
    ['an access token', (cookie: string) => asPage(t, 'POST', '/auth/session/token', { cookie })],
    ['any use', me],
  ])('moves by %s, and every five minutes at most', async (_, use) => {
    const cookie = await logInByCookie(t, await t.signup())
    const tokens = await tokenOf(cookie)
    const before = await expiry(tokens)
    await use(cookie)
    expect(await expiry(tokens)).toEqual(before)
    const age = "interval '301 seconds'"
    await setSession(t, tokens, `rotated_at = now() - ${age}, idle_expires_at = now() + ${age}`)
    const due = await expiry(tokens)
    expect((await use(cookie)).status).toBe(200)
    expect(await expiry(tokens)).not.toEqual(due)
  })

  it('ends the session', async () => {
    const cookie = await logInByCookie(t, await t.signup())
    await setSession(t, await tokenOf(cookie), "idle_expires_at = now() - interval '1 second'")
    await expectProblem(await me(cookie), 'token_invalid')
  })
})

describe('a session of one kind', () => {
  it('is not carried by what carries the other', async () => {
    const person = await t.signup()
    const cookie = await logInByCookie(t, person)
    const value = cookie.split('=')[1] ?? ''
    const pair = await t.login(person)
    // A cookie's value as a bearer token, and tokens as a cookie.
    await expectProblem(await t.get('/auth/me', value), 'token_invalid')
    await expectProblem(await t.refresh(value), 'token_invalid')
    for (const token of [pair.access_token, pair.refresh_token]) {
      const forged = { cookie: `ea_session=${token}` }
      await expectProblem(await asPage(t, 'GET', '/auth/me', forged), 'token_invalid')
      await expectProblem(await asPage(t, 'POST', '/auth/session/token', forged), 'token_invalid')
    }
    await expectProblem(await asPage(t, 'POST', '/auth/refresh', { cookie }), 'token_missing')
  })

  it('stays of its kind, even if a token of the other were genuine', async () => {
    const person = await t.signup()
    const cookie = await logInByCookie(t, person)
    const tokens = await tokenOf(cookie)
    await setSession(t, tokens, "transport = 'bearer'")
    await expectProblem(await me(cookie), 'token_invalid')
    await expectProblem(await asPage(t, 'POST', '/auth/session/token', { cookie }), 'token_invalid')
    const pair = await t.login(person)
    await setSession(t, pair, "transport = 'cookie'")
    await expectProblem(await t.refresh(pair.refresh_token), 'token_invalid')
  })
})
