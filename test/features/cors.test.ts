import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'

const LISTED = ['https://app.example.org', 'http://localhost:3000'] as const

let t: TestApp
beforeAll(async () => {
  t = await createTestApp({ env: { CORS_ORIGINS: LISTED.join(', ') } })
})
afterAll(() => t.close())

const corsOf = (answer: Response) =>
  Object.fromEntries([...answer.headers].filter(([name]) => name.startsWith('access-control-')))
const preflight = (origin: string, path = '/auth/login') =>
  t.request(path, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  })

/** One request for every kind of answer: right, refused, unknown, wrong method, wrong type, bad body. */
const ANSWERS: [number, string, RequestInit][] = [
  [200, '/health', {}],
  [401, '/auth/me', {}],
  [404, '/nowhere', {}],
  [405, '/auth/login', {}],
  [415, '/auth/login', { method: 'POST', body: 'x' }],
  [400, '/auth/login', post('{')],
  [422, '/auth/login', post('{}')],
  [413, '/auth/login', post(' '.repeat(20_000))],
  [204, '/auth/login', { method: 'OPTIONS' }],
]
function post(body: string): RequestInit {
  return { method: 'POST', body, headers: { 'content-type': 'application/json' } }
}
const from = (origin: string, init: RequestInit): RequestInit => ({
  ...init,
  headers: { ...(init.headers as Record<string, string>), origin },
})

describe.each(ANSWERS)('an answer of %i', (status, path, init) => {
  it.each(LISTED)('may be read by %s, without credentials', async (origin) => {
    const answer = await t.request(path, from(origin, init))
    expect(answer.status).toBe(status)
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    expect(answer.headers.get('access-control-expose-headers')).toBe(
      'Content-Disposition, ETag, Location, RateLimit, RateLimit-Policy, Retry-After, traceparent, WWW-Authenticate, X-Request-Id',
    )
    expect(answer.headers.get('vary')).toBe('Origin, Cookie')
  })

  it.each([
    'https://evil.example',
    'null',
    '*',
    'https://app.example.org.evil.example',
    'https://evil-app.example.org',
    'https://sub.app.example.org',
    'http://app.example.org',
    'https://app.example.org:443',
    'https://app.example.org:8443',
    'https://app.example.org/',
    'https://APP.example.org',
    'https://app.example.org, http://localhost:3000',
    'http://localhost',
  ])('may not be read by %s', async (origin) => {
    const answer = await t.request(path, from(origin, init))
    expect(answer.status).toBe(status)
    expect(corsOf(answer)).toEqual({})
    expect(answer.headers.get('vary')).toBe('Origin, Cookie')
  })

  it('says without an origin that it would differ with one', async () => {
    const answer = await t.request(path, init)
    expect(corsOf(answer)).toEqual({})
    expect(answer.headers.get('vary')).toBe('Origin, Cookie')
  })
})

describe('a preflight', () => {
  it.each(LISTED)('of %s is told what it may send', async (origin) => {
    const answer = await preflight(origin)
    expect([answer.status, await answer.text()]).toEqual([204, ''])
    expect(corsOf(answer)).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': expect.stringContaining('DELETE'),
      'access-control-allow-headers': expect.stringContaining('Authorization'),
      'access-control-max-age': '600',
    })
  })

  it('allows the headers by which browsers’ tools trace a request', async () => {
    const answer = await preflight(LISTED[0])
    const allowed = answer.headers.get('access-control-allow-headers')?.toLowerCase().split(', ')
    expect(allowed).toEqual(
      expect.arrayContaining([
        ...['authorization', 'content-type', 'x-request-id'],
        ...['traceparent', 'tracestate', 'baggage', 'sentry-trace'],
      ]),
    )
    expect(allowed).not.toContain('*')
  })

  it.each(['https://evil.example', 'null', ''])('of %j is told nothing', async (origin) => {
    expect(corsOf(await preflight(origin))).toEqual({})
  })

  it('tells no path that exists from one that does not, and needs no database', async () => {
    const trips = await t.roundTrips(async () => {
      for (const path of ['/auth/me', '/nowhere', '/']) {
        expect((await preflight('https://app.example.org', path)).status).toBe(204)
      }
    })
    expect(trips).toBe(0)
  })
})

describe('the patterns for development', () => {
  let local: TestApp
  beforeAll(async () => {
    local = await createTestApp({
      env: { CORS_ORIGINS: 'https://app.example.org,http://localhost:*,http://127.0.0.1:*' },
    })
  })
  afterAll(() => local.close())
  const allowed = async (origin: string) => {
    const { headers } = await local.request('/health', { headers: { origin } })
    expect(headers.get('vary')).toBe('Origin, Cookie')
    return headers.get('access-control-allow-origin')
  }

  it.each([
    'http://localhost',
    'http://localhost:3000',
    'http://localhost:65535',
    'http://127.0.0.1',
    'http://127.0.0.1:5173',
    'https://app.example.org',
  ])('allow %s', async (origin) => {
    expect(await allowed(origin)).toBe(origin)
  })

  it.each([
    'http://localhost:*',
    'http://localhost:',
    'http://localhost:0',
    'http://localhost:3000/',
    'http://localhost:3000x',
    'http://localhost:123456',
    'http://localhost.evil.example',
    'http://localhost:3000.evil.example',
    'http://localhost:3000@evil.example',
    'http://evil.example/http://localhost:3000',
    'http://app.localhost:3000',
    'https://localhost:3000',
    'http://127.0.0.1.evil.example',
    'http://127a0b0c1:3000',
    'http://127.0.0.2:3000',
    'http://[::1]:3000',
    'null',
  ])('do not allow %s', async (origin) => {
    expect(await allowed(origin)).toBeNull()
  })
})

describe('the published keys', () => {
  it.each([undefined, 'https://app.example.org', 'https://elsewhere.example', 'null'])(
    'may be read by everybody: %s',
    async (origin) => {
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        const init = { method, headers: { ...(origin && { origin }) } }
        const { status, headers } = await t.request('/.well-known/jwks.json', init)
        expect(status).toBe(method === 'OPTIONS' ? 204 : 200)
        expect(headers.get('access-control-allow-origin')).toBe('*')
        expect(headers.get('access-control-allow-credentials')).toBeNull()
        expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin')
        // A cache keeps one copy, for the answer is the same whoever asks.
        expect(headers.get('vary')).toBeNull()
        expect(headers.get('access-control-allow-headers')).toEqual(
          method === 'OPTIONS' ? expect.stringContaining('traceparent') : null,
        )
      }
    },
  )

  it('are the only ones: neither the document nor a path that looks like theirs', async () => {
    const origin = 'https://elsewhere.example'
    for (const path of [
      '/openapi.json',
      '/',
      '/.well-known/jwks.json/',
      '/.well-known/JWKS.json',
    ]) {
      const { headers } = await t.request(path, { headers: { origin } })
      expect(headers.get('access-control-allow-origin')).toBeNull()
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    }
  })
})

describe('a refused origin', () => {
  let app: TestApp
  beforeEach(async () => {
    app = await t.beside({})
  })
  const ask = (origin: string, more: Record<string, string> = {}, method = 'GET') =>
    app.request('/health', { method, headers: { origin, ...more } })
  const named = () =>
    app.log.filter(({ event }) => event === 'origin_refused').map(({ origin }) => origin)

  it('is named in the log once, with the variable that allows it', async () => {
    for (const method of ['OPTIONS', 'GET', 'GET']) await ask('https://spa.example.org', {}, method)
    await ask('http://localhost:5173')
    expect(named()).toEqual(['https://spa.example.org', 'http://localhost:5173'])
    expect(app.log.find(({ event }) => event === 'origin_refused')).toMatchObject({
      level: 'warn',
      reason: expect.stringContaining('CORS_ORIGINS'),
    })
  })

  it.each<[string, string, Record<string, string>?]>([
    ['a listed one', 'https://app.example.org'],
    ['none', 'null'],
    ['its own', 'http://localhost'],
    ['its own, behind a proxy that ends TLS', 'https://localhost'],
    [
      'its own, by the browser’s word',
      'https://auth.example.org',
      { 'sec-fetch-site': 'same-origin' },
    ],
    ['no origin', 'hunter2'],
    ['a path', 'https://spa.example.org/account/ada'],
    ['credentials', 'https://ada:hunter2@spa.example.org'],
    ['lines', 'https://spa.example.org%0a{"event":"forged"}'],
    ['one longer than any', `https://${'a'.repeat(400)}.example.org`],
    ['an app that cannot be listed', 'capacitor://localhost'],
  ])('is not named where it is %s', async (_what, origin, more) => {
    await ask(origin, more)
    expect(named()).toEqual([])
  })

  it('is not named for what everybody may read', async () => {
    await app.request('/.well-known/jwks.json', { headers: { origin: 'https://spa.example.org' } })
    expect(named()).toEqual([])
  })

  it('is one of a hundred at most, whatever is sent', async () => {
    for (let at = 0; at < 120; at++) await ask(`https://a${at}.example.org`)
    expect(named()).toHaveLength(100)
  })

  it('is named again after an hour, so that nobody can silence the log', async () => {
    for (let at = 0; at < 120; at++) await ask(`https://a${at}.example.org`)
    app.advance(3_601)
    await ask('https://spa.example.org')
    await ask('https://spa.example.org')
    expect(named().slice(100)).toEqual(['https://spa.example.org'])
  })
})

it('without CORS_ORIGINS nobody may read anything', async () => {
  const closed = await t.beside({ env: { CORS_ORIGINS: '' } })
  for (const origin of [...LISTED, 'undefined', '']) {
    expect(corsOf(await closed.request('/health', { headers: { origin } }))).toEqual({})
  }
})

/** What a cookie goes with, which binds a sign-in at a provider to the browser that began it. */
describe('credentials', () => {
  const allowed = (answer: Response) => answer.headers.get('access-control-allow-credentials')
  const WITH = ['/auth/oauth/google/start', '/auth/oauth/exchange', '/auth/identities']

  it.each(WITH)('may go to %s from a listed page', async (path) => {
    for (const origin of LISTED) {
      const asked = await preflight(origin, path)
      expect([asked.status, allowed(asked)]).toEqual([204, 'true'])
      expect(asked.headers.get('access-control-allow-origin')).toBe(origin)
      const answer = await t.request(path, from(origin, post('{}')))
      expect(allowed(answer)).toBe('true')
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    }
  })

  it.each(WITH)('never go to %s from another', async (path) => {
    for (const origin of ['https://evil.example', 'null', 'https://app.example.org.evil.example']) {
      const answers = [
        await preflight(origin, path),
        await t.request(path, from(origin, post('{}'))),
      ]
      for (const answer of answers) expect(corsOf(answer)).toEqual({})
    }
  })

  it.each([
    '/auth/oauth/google/callback',
    '/auth/oauth/google/start/',
    '/auth/oauth/a/b/start',
    '/auth/oauth/start',
    '/auth/identities/0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071',
    '/auth/providers',
    '/auth/login',
    '/auth/refresh',
    '/.well-known/jwks.json',
  ])('go nowhere else: not to %s', async (path) => {
    for (const answer of [
      await preflight(LISTED[0], path),
      await t.request(path, from(LISTED[0], post('{}'))),
    ]) {
      expect(allowed(answer)).toBeNull()
    }
  })
})
