import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'

const LISTED = ['https://app.example.org', 'http://localhost:3000']

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
      'Retry-After, WWW-Authenticate, X-Request-Id',
    )
    expect(answer.headers.get('vary')).toBe('Origin')
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
    expect(answer.headers.get('vary')).toBe('Origin')
  })

  it('says without an origin that it would differ with one', async () => {
    const answer = await t.request(path, init)
    expect(corsOf(answer)).toEqual({})
    expect(answer.headers.get('vary')).toBe('Origin')
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

it('without CORS_ORIGINS nobody may read anything', async () => {
  const closed = await createTestApp({ env: { CORS_ORIGINS: '' } })
  for (const origin of [...LISTED, 'undefined', '']) {
    expect(corsOf(await closed.request('/health', { headers: { origin } }))).toEqual({})
  }
  await closed.close()
})
