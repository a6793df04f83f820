import { afterAll, describe, expect, it } from 'vitest'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { APP_ORIGIN, asPage, logInByCookie, OWN_ORIGIN } from '../support/cookies.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'

const t: TestApp = await createTestApp({
  env: {
    CORS_ORIGINS: 'https://app.example.org,https://other.example.org,http://localhost:*',
    COOKIE_ORIGINS: 'https://app.example.org,http://localhost:*',
  },
})
afterAll(() => t.close())

type Headers = Record<string, string | undefined>

/** Each with what differs from the headers of a page that may. */
const FORGED: Record<string, Headers> = {
  'of another site': { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  'of another site, by a browser that says no more': {
    origin: 'https://evil.example',
    'sec-fetch-site': undefined,
  },
  'of a sibling subdomain': { origin: 'https://evil.example.org' },
  'of an origin that may call, but by tokens': { origin: 'https://other.example.org' },
  'of another scheme': { origin: 'http://app.example.org' },
  'of another port': { origin: 'https://app.example.org:8443' },
  'of an origin that begins alike': { origin: 'https://app.example.org.evil.example' },
  'of an origin with another case': { origin: 'https://APP.example.org' },
  'of two origins': { origin: 'https://app.example.org, https://evil.example' },
  'of an opaque origin, such as a sandboxed frame': { origin: 'null' },
  'of no origin': { origin: undefined },
  'of no origin, by a browser that says no more': {
    origin: undefined,
    'sec-fetch-site': undefined,
  },
  'of nobody in particular': { 'sec-fetch-site': 'none' },
  'of a right origin, from another site': { 'sec-fetch-site': 'cross-site' },
  'without the header that needs a preflight': { 'x-edge-auth': undefined },
  'with another value of it': { 'x-edge-auth': '0' },
}

const CHANGES: [method: string, path: string, body?: object][] = [
  ['POST', '/auth/session/token'],
  ['POST', '/auth/logout'],
  ['POST', '/auth/logout-all', {}],
  ['POST', '/auth/password', { current_password: PASSWORD, new_password: 'another good staple' }],
  ['PATCH', '/auth/me', { display_name: 'Mallory' }],
  ['POST', '/auth/factors/totp'],
  ['DELETE', '/auth/me', { current_password: PASSWORD }],
  ['GET', '/auth/me'],
]

describe.each(Object.entries(FORGED))('a request %s', (_, headers) => {
  it('changes nothing by the cookie of somebody', async () => {
    const cookie = await logInByCookie(t, await t.signup())
    for (const [method, path, body] of CHANGES) {
      const answer = await asPage(t, method, path, { cookie, headers, body })
      expect(answer.headers.has('set-cookie'), `${method} ${path}`).toBe(false)
      await expectProblem(answer, 'csrf_refused')
    }
    const { display_name } = await (await asPage(t, 'GET', '/auth/me', { cookie })).json()
    expect(display_name).toBe(null)
  })

  it('logs nobody in by a cookie', async () => {
    const { username } = await t.signup()
    const body = { username_or_email: username, password: PASSWORD, transport: 'cookie' }
    const answer = await asPage(t, 'POST', '/auth/login', { headers, body })
    expect(answer.headers.has('set-cookie')).toBe(false)
    await expectProblem(answer, 'csrf_refused')
  })
})

describe('a page', () => {
  it.each<[string, Headers]>([
    ['of COOKIE_ORIGINS', {}],
    ['of this service', { origin: OWN_ORIGIN, 'sec-fetch-site': 'same-origin' }],
    ['of a local pattern', { origin: 'http://localhost:5173' }],
    ['whose browser knows no fetch metadata', { 'sec-fetch-site': undefined }],
  ])('%s may', async (_, headers) => {
    const cookie = await logInByCookie(t, await t.signup())
    const sent = { cookie, headers }
    expect((await asPage(t, 'POST', '/auth/session/token', sent)).status).toBe(200)
    expect((await asPage(t, 'GET', '/auth/me', sent)).status).toBe(200)
  })

  it('of this service may read, for which browsers name no origin', async () => {
    const cookie = await logInByCookie(t, await t.signup())
    const headers = { origin: undefined, 'sec-fetch-site': 'same-origin' }
    expect((await asPage(t, 'GET', '/auth/me', { cookie, headers })).status).toBe(200)
    await expectProblem(
      await asPage(t, 'POST', '/auth/session/token', { cookie, headers }),
      'csrf_refused',
    )
  })

  it('sends JSON alone', async () => {
    const cookie = await logInByCookie(t, await t.signup())
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const answer = await asPage(t, 'PATCH', '/auth/me', {
        ...{ cookie, body: { display_name: 'Mallory' } },
        headers: { 'content-type': type },
      })
      await expectProblem(answer, 'unsupported_media_type')
    }
  })
})

describe('credentials', () => {
  const allowed = async (origin: string, path = '/auth/me') => {
    const answer = await t.request(path, { method: 'OPTIONS', headers: { origin } })
    return answer.headers.get('access-control-allow-credentials')
  }

  it('are allowed to COOKIE_ORIGINS alone', async () => {
    expect(await allowed(APP_ORIGIN)).toBe('true')
    expect(await allowed('http://localhost:5173')).toBe('true')
    expect(await allowed('https://other.example.org')).toBe(null)
    expect(await allowed('https://evil.example')).toBe(null)
  })
})
