import { decodeJwt } from 'jose'
import { afterAll, describe, expect, it } from 'vitest'
import { adminOf } from '../support/admin.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { asPage, cookieOf, logInByCookie, OWN_PAGE } from '../support/cookies.ts'
import { withTotp } from '../support/enrolled.ts'
import { codeOf } from '../support/factors.ts'
import { tokenTo } from '../support/links.ts'
import { quoted } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { type Pair, setSession, setUser } from '../support/sessions.ts'

const COOKIES = { COOKIE_ORIGINS: 'https://app.example.org' }
const t: TestApp = await createTestApp({ env: COOKIES })
afterAll(() => t.close())

const beside = (env: Record<string, string>) => t.beside({ env: { ...COOKIES, ...env } })

const me = (cookie: string, on: TestApp = t) => asPage(on, 'GET', '/auth/me', { cookie })
const tokenFor = (cookie: string, on: TestApp = t) =>
  asPage(on, 'POST', '/auth/session/token', { cookie })
const tokens = async (cookie: string): Promise<Pair> => (await tokenFor(cookie)).json()

describe('a Cookie header', () => {
  const VALUES = {
    empty: '',
    'of quotes alone': '""',
    'of one quote': '"',
    'of a bad escape': '%',
    'of an escape that is no UTF-8': '%ff%c0%80',
    'of an escaped control': '%00%0d%0aSet-Cookie:%20x=y',
    'of an escaped surrogate': '%ed%a0%80',
    'of dots': '...',
    'that is no JSON': `${'e30'}.${'e30'}.`,
    'of a prototype': '__proto__',
    'longer than any token': 'x'.repeat(7_000),
    'of many escapes': '%41'.repeat(2_000),
  }

  it.each(Object.entries(VALUES))('%s is refused, and nothing fails', async (_, value) => {
    const cookie = `ea_session=${value}`
    await expectProblem(await me(cookie), 'token_invalid')
    await expectProblem(await tokenFor(cookie), 'token_invalid')
    await expectProblem(await asPage(t, 'POST', '/auth/logout', { cookie }), 'token_invalid')
  })

  it.each(['', ';', '=', '=;=', 'ea_session', ';;ea_session;', 'EA_SESSION=x', 'ea_session%3Dx'])(
    'of %j has no session',
    async (cookie) => {
      const headers = cookie === '' ? { cookie: '' } : {}
      await expectProblem(await asPage(t, 'GET', '/auth/me', { cookie, headers }), 'token_missing')
    },
  )

  it('has the value between others, in quotes and with spaces', async () => {
    const cookie = await logInByCookie(t, await t.signup())
    const [name, value] = cookie.split('=')
    for (const sent of [
      `a=1; ${cookie}; b=2`,
      `x_ea_session=1; ${cookie}`,
      `a=ea_session=1;${cookie}`,
      ` ${name} = ${value} `,
      `${name}="${value}"`,
      `__proto__=1; constructor=2; ${cookie}`,
    ]) {
      expect((await me(sent)).status, sent).toBe(200)
    }
  })

  it('of two is taken by the first, as browsers put the more special one', async () => {
    const [one, other] = [await t.signup(), await t.signup()]
    const both = `${await logInByCookie(t, one)}; ${await logInByCookie(t, other)}`
    expect(await (await me(both)).json()).toMatchObject({ username: one.username })
  })

  it('is not read where Authorization is there, even if that is empty', async () => {
    const cookie = await logInByCookie(t, await t.signup())
    for (const authorization of ['', ' ', 'Bearer', 'Bearer ', 'bearer', 'null']) {
      for (const [method, path] of [
        ['GET', '/auth/me'],
        ['POST', '/auth/session/token'],
        ['POST', '/auth/logout'],
        ['PATCH', '/auth/me'],
      ] as const) {
        const body = method === 'PATCH' ? { display_name: 'Mallory' } : undefined
        const answer = await asPage(t, method, path, { cookie, headers: { authorization }, body })
        expect(answer.status, `${method} ${path} ${authorization}`).toBe(401)
        expect(answer.headers.has('set-cookie')).toBe(false)
      }
    }
    expect(await (await me(cookie)).json()).toMatchObject({ display_name: null })
  })
})

describe('HEAD', () => {
  it('reads by the cookie as GET does, and needs the same of a page', async () => {
    const cookie = await logInByCookie(t, await t.signup())
    const own = { origin: undefined, 'sec-fetch-site': 'same-origin' }
    expect((await asPage(t, 'HEAD', '/auth/me', { cookie, headers: own })).status).toBe(200)
    const headers = { ...own, 'sec-fetch-site': 'same-site' }
    expect((await asPage(t, 'HEAD', '/auth/me', { cookie, headers })).status).toBe(403)
  })
})

describe('the own origin', () => {
  const statusFrom = async (on: TestApp, url: string, origin: string) => {
    const { username } = await t.signup()
    const answer = await on.request(url, {
      method: 'POST',
      headers: { ...OWN_PAGE, origin, 'content-type': 'application/json' },
      body: JSON.stringify({
        username_or_email: username,
        password: PASSWORD,
        transport: 'cookie',
      }),
    })
    return { status: answer.status, cookie: answer.headers.get('set-cookie') ?? '' }
  }
  const MAIL = { MAIL_PROVIDER: 'none', LOGIN_CODES: 'false' }

  it('behind a proxy is the configured one, by whichever name the proxy asks', async () => {
    const far = await beside({ PUBLIC_URL: 'https://auth.example.org/base', ...MAIL })
    for (const host of [
      'http://10.0.0.7:8000',
      'http://localhost:8000',
      'http://auth.example.org',
    ]) {
      const url = `${host}/auth/login`
      expect((await statusFrom(far, url, 'https://auth.example.org')).status).toBe(200)
      // The name and the scheme that the proxy used are nobody's.
      expect((await statusFrom(far, url, host)).status).toBe(403)
    }
  })

  it('of a service that knows no address is where the request went', async () => {
    const worker = await t.beside({ deps: { publicUrl: () => undefined } })
    const url = 'https://auth.example.org/auth/login'
    const { status, cookie } = await statusFrom(worker, url, 'https://auth.example.org')
    expect([status, cookie]).toEqual([200, expect.stringMatching(/^__Host-Http-.*Secure/)])
    for (const origin of [
      'http://auth.example.org',
      'https://auth.example.org:8443',
      'https://example.org',
    ]) {
      expect((await statusFrom(worker, url, origin)).status).toBe(403)
    }
  })

  it('of a Worker on this machine without PUBLIC_URL is the address that it is asked at, without TLS', async () => {
    const worker = await t.beside({ deps: { publicUrl: () => undefined } })
    const url = 'http://localhost:8787/auth/login'
    const { status, cookie } = await statusFrom(worker, url, 'http://localhost:8787')
    expect([status, cookie]).toEqual([200, expect.stringMatching(/^ea_session=(?!.*Secure)/)])
  })

  it('of a local service is no name that somebody else has lead here', async () => {
    const url = 'http://evil.example:8000/auth/login'
    expect((await statusFrom(t, url, 'http://evil.example:8000')).status).toBe(403)
  })

  it('of a service that only thinks to be local gives no cookie without TLS', async () => {
    const url = 'http://auth.example.org/auth/login'
    const { status, cookie } = await statusFrom(t, url, 'https://app.example.org')
    expect([status, cookie]).toEqual([200, expect.stringMatching(/^__Host-Http-.*Secure/)])
  })
})

describe('REQUIRE_MFA', () => {
  it('has a cookie session enrol first, by the cookie, which is renewed by that', async () => {
    const strict = await beside({ REQUIRE_MFA: 'all' })
    const cookie = await logInByCookie(strict, await t.signup())
    await expectProblem(await me(cookie, strict), 'mfa_enrollment_required')
    const answer = await tokenFor(cookie, strict)
    expect(decodeJwt((await answer.json()).access_token)).toMatchObject({ acr: 'aal0' })
    expect((await asPage(strict, 'GET', '/auth/factors', { cookie })).status).toBe(200)
    const begun = await asPage(strict, 'POST', '/auth/factors/totp', { cookie })
    const { otpauth_uri } = await begun.json()
    const body = { totp_code: codeOf(strict, otpauth_uri) }
    const confirmed = await asPage(strict, 'POST', '/auth/factors/totp/confirm', { cookie, body })
    expect(confirmed.status).toBe(200)
    const next = cookieOf(confirmed)
    expect(next).not.toBe(cookie)
    expect(await confirmed.json()).not.toHaveProperty('refresh_token')
    expect((await me(next, strict)).status).toBe(200)
    // The one of before was renewed moments ago: it is the same session still.
    expect((await me(cookie, strict)).status).toBe(200)
  })

  it('holds at once for sessions from before, and no longer when it is off again', async () => {
    const strict = await beside({ REQUIRE_MFA: 'all' })
    const before = await logInByCookie(t, await t.signup())
    await expectProblem(await me(before, strict), 'mfa_enrollment_required')
    expect((await me(before)).status).toBe(200)
    const during = await logInByCookie(strict, await t.signup())
    await expectProblem(await me(during, strict), 'mfa_enrollment_required')
    // Directly, and by an access token of it, whose statements ask the row.
    expect((await me(during)).status).toBe(200)
    const { access_token } = await tokens(during)
    expect(decodeJwt(access_token)).toMatchObject({ acr: 'aal1' })
    expect((await t.get('/auth/sessions', access_token)).status).toBe(200)
  })

  it('off again is known to what an access token of a cookie alone asks for', async () => {
    const strict = await beside({ REQUIRE_MFA: 'all' })
    const during = await logInByCookie(strict, await t.signup())
    const { access_token } = await tokens(during)
    expect((await t.get('/auth/me', access_token)).status).toBe(200)
    expect((await t.get('/auth/sessions', access_token)).status).toBe(200)
  })
})

describe('a cookie session', () => {
  it('is one of two factors, or none, of whoever has two', async () => {
    const person = await t.signup()
    const cookie = await logInByCookie(t, person)
    await setUser(t, person, 'factor_count = 1')
    await expectProblem(await me(cookie), 'token_invalid')
    await expectProblem(await tokenFor(cookie), 'token_invalid')
  })

  it('is told of two factors at the first log-in, and set by the second step alone', async () => {
    const enrolled = await withTotp(t)
    const { username } = enrolled.person
    const body = { username_or_email: username, password: PASSWORD, transport: 'cookie' }
    const first = await asPage(t, 'POST', '/auth/login', { body })
    expect(first.headers.has('set-cookie')).toBe(false)
    const { mfa_token } = await first.json()
    const second = { mfa_token, totp_code: await enrolled.code(), transport: 'cookie' }
    const forged = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    const path = '/auth/mfa/verify'
    await expectProblem(
      await asPage(t, 'POST', path, { body: second, headers: forged }),
      'csrf_refused',
    )
    // The refused one has not used the code up.
    const answer = await asPage(t, 'POST', path, { body: second })
    expect(answer.status).toBe(200)
    expect((await me(cookieOf(answer))).status).toBe(200)
  })

  it('ends with a reset of the password, and a disabled user has none', async () => {
    const person = await t.signup()
    const cookie = await logInByCookie(t, person)
    await setUser(t, person, 'disabled_at = now()')
    await expectProblem(await me(cookie), 'token_invalid')
    await expectProblem(await tokenFor(cookie), 'token_invalid')
    await setUser(t, person, 'disabled_at = null')
    expect((await me(cookie)).status).toBe(200)
    await t.post('/auth/password/forgot', { email: person.email })
    const token = await tokenTo(t, person.email, 'reset')
    const body = { token, new_password: 'quite another good staple' }
    expect((await t.post('/auth/password/reset', body)).ok).toBe(true)
    await expectProblem(await me(cookie), 'token_invalid')
    await expectProblem(await tokenFor(cookie), 'token_invalid')
  })

  it('lives no longer than the session may at most, however often it is used', async () => {
    const cookie = await logInByCookie(t, await t.signup())
    const held = await tokens(cookie)
    const soon = "now() + interval '100 seconds'"
    await setSession(t, held, `expires_at = ${soon}, rotated_at = now() - interval '1 hour'`)
    expect((await me(cookie)).status).toBe(200)
    const [isBounded] = await t.column(
      `select idle_expires_at <= expires_at from edge_auth.sessions where id = ${quoted(String(decodeJwt(held.access_token).sid))}`,
    )
    expect(isBounded).toBe(true)
    const answer = await asPage(t, 'POST', '/auth/reauth', { cookie, body: { password: PASSWORD } })
    const age = Number(/Max-Age=(\d+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1])
    expect(age).toBeGreaterThan(0)
    expect(age).toBeLessThanOrEqual(100)
    expect((await answer.json()).expires_in).toBeLessThanOrEqual(100)
  })

  it('takes a place among the sessions of a user, and the oldest goes', async () => {
    const few = await beside({ MAX_SESSIONS_PER_USER: '2' })
    const person = await t.signup()
    const first = await logInByCookie(few, person)
    const bearer = await few.login(person)
    const last = await logInByCookie(few, person)
    await expectProblem(await me(first, few), 'token_invalid')
    expect((await few.get('/auth/me', bearer.access_token)).status).toBe(200)
    expect((await me(last, few)).status).toBe(200)
  })

  it('is for admins, too, who are held to the same rule', async () => {
    const { username } = await adminOf(t)
    const cookie = await logInByCookie(t, { username, email: '', password: PASSWORD })
    expect((await asPage(t, 'GET', '/admin/users', { cookie })).status).toBe(200)
    const headers = { origin: 'https://evil.example' }
    await expectProblem(await asPage(t, 'GET', '/admin/users', { cookie, headers }), 'csrf_refused')
  })
})

describe('what is kept', () => {
  it('has no value of a cookie: no log, no event and no row', async () => {
    const person = await t.signup()
    const from = t.log.length
    const cookie = await logInByCookie(t, person)
    const renewed = cookieOf(
      await asPage(t, 'POST', '/auth/reauth', { cookie, body: { password: PASSWORD } }),
    )
    await asPage(t, 'GET', '/auth/me', { cookie, headers: { origin: 'https://evil.example' } })
    await asPage(t, 'GET', `/auth/me?${cookie.slice(0, 20)}`, { cookie: `${cookie}x` })
    await asPage(t, 'POST', '/auth/logout', { cookie: renewed })
    const kept = [
      JSON.stringify(t.log.slice(from)),
      ...(await t.column(`select to_jsonb(it)::text from edge_auth.sessions it
        where user_id = ${quoted(person.id)}`)),
      ...(await t.column(`select to_jsonb(it)::text from edge_auth.audit_events it
        where subject_id = ${quoted(person.id)}`)),
    ].map(String)
    expect(kept.length).toBeGreaterThan(3)
    for (const part of [cookie, renewed].flatMap((one) => one.split(/[.=]/).slice(2))) {
      expect(part.length).toBeGreaterThan(20)
      for (const text of kept) expect(text).not.toContain(part)
    }
  })
})
