import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Answered } from '../../src/deps.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { limitsOf } from '../support/limits.ts'
import { uniqueName } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'

const MARKER = 'hunter2marker'

let plain: TestApp
let t: TestApp
const counted: Answered[] = []
const metrics = { answered: (request: Answered) => void counted.push(request) }
beforeAll(async () => {
  plain = await createTestApp()
  t = await plain.beside({ deps: { metrics } })
})
afterAll(() => plain.close())
beforeEach(() => void counted.splice(0))

/** What was counted meanwhile, without its time. */
const seen = () =>
  counted.map(({ method, route, status, outcome }) => `${method} ${route} ${status} ${outcome}`)

describe('a request is counted', () => {
  it('by its operation and how it ended, with its time', async () => {
    const person = await t.signup()
    const { access_token: token } = await t.login(person)
    await t.get('/auth/me', token)
    await t.request('/health', { method: 'HEAD' })
    expect(seen()).toEqual([
      'POST /auth/signup 201 success',
      'POST /auth/login 200 success',
      'GET /auth/me 200 success',
      'HEAD /health 200 success',
    ])
    for (const { milliseconds } of counted) expect(milliseconds).toBeGreaterThanOrEqual(0)
  })

  it('by why its credential was refused, which the answer does not tell', async () => {
    const { username } = await t.signup()
    counted.splice(0)
    for (const name of [username, uniqueName()]) {
      const answer = await t.post('/auth/login', { username_or_email: name, password: MARKER })
      await expectProblem(answer, 'invalid_credentials')
    }
    expect(seen()).toEqual([
      'POST /auth/login 401 wrong_password',
      'POST /auth/login 401 unknown_account',
    ])
  })

  it('as a token that was used twice', async () => {
    const strict = await t.beside({ env: { REFRESH_GRACE_SECONDS: '0' }, deps: { metrics } })
    const { refresh_token: old } = await strict.login(await strict.signup())
    await strict.refresh(old)
    counted.splice(0)
    expect((await strict.refresh(old)).status).toBe(401)
    expect(seen()).toEqual(['POST /auth/refresh 401 refresh_token_reused'])
  })

  it('by the code of its problem, where a limit is reached too', async () => {
    const env = { RATE_LIMITS: limitsOf({ login_client: 1 }) }
    const limited = await t.beside({ env, deps: { metrics } })
    const attempt = () =>
      limited.request('/auth/login', {
        method: 'POST',
        body: JSON.stringify({ username_or_email: 'nobody', password: PASSWORD }),
        headers: { 'content-type': 'application/json', 'x-test-address': '2001:db8:c0:de::1' },
      })
    for (let times = 0; times < 2; times++) await attempt()
    await t.get('/auth/me')
    await t.post('/auth/login', '{')
    await t.post('/auth/signup', {})
    expect(seen()).toEqual([
      'POST /auth/login 401 unknown_account',
      'POST /auth/login 429 too_many_requests',
      'GET /auth/me 401 token_missing',
      'POST /auth/login 400 malformed_json',
      'POST /auth/signup 422 validation_failed',
    ])
  })

  it.each([new Error(MARKER), MARKER, undefined])(
    'as a failure, once, if %s was thrown',
    async (thrown) => {
      const fail = async () => {
        throw thrown
      }
      const app = await t.beside({ deps: { metrics, passwords: { hash: fail, verify: fail } } })
      const body = { username_or_email: uniqueName(), password: PASSWORD }
      await expectProblem(await app.post('/auth/login', body), 'internal_error')
      expect(seen()).toEqual(['POST /auth/login 500 internal_error'])
      expect(app.log.filter(({ event }) => event === 'request')).toMatchObject([{ status: 500 }])
    },
  )

  it('as one of no route, if none took it, whatever was asked', async () => {
    const paths = [
      `/${MARKER}`,
      '//auth/me',
      '/auth%2fme',
      '/AUTH/ME',
      '/auth/me/',
      '/auth/../nowhere',
      `/auth/sessions/${MARKER}/${MARKER}`,
      `/${'x'.repeat(9_000)}`,
      `/dev/mail/${MARKER}`,
    ]
    for (const path of paths) await t.request(path)
    expect(new Set(seen())).toEqual(new Set(['GET /* 404 not_found', 'GET /* 414 uri_too_long']))
    expect(seen()).toHaveLength(paths.length)
  })

  it('as one of no route and no method, if another method was meant', async () => {
    await t.request('/auth/me', { method: 'PUT' })
    await t.request('/auth/me', { method: 'PURGE', headers: { 'x-http-method-override': 'GET' } })
    await t.request(`/${MARKER}`, { method: 'PROPFIND' })
    expect(seen()).toEqual([
      'PUT /* 405 method_not_allowed',
      'OTHER /* 405 method_not_allowed',
      'OTHER /* 404 not_found',
    ])
  })

  it('by the pattern of its path, and not by what stands in it', async () => {
    const { access_token: token } = await t.login(await t.signup())
    counted.splice(0)
    const id = crypto.randomUUID()
    await t.request(`/auth/sessions/${id}?token=${MARKER}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${token}` },
    })
    await t.request(`/verify-email?token=${MARKER}`)
    expect(seen()).toEqual([
      'DELETE /auth/sessions/:id 404 not_found',
      'GET /verify-email 200 success',
    ])
    expect(JSON.stringify(counted)).not.toMatch(new RegExp(`${MARKER}|${id}`))
  })
})

it('the line of a request has these fields and no others, whatever is sent', async () => {
  t.log.splice(0)
  const address = `/auth/login/../login?password=${MARKER}#${MARKER}`
  await t.request(address, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${MARKER}`,
      cookie: MARKER,
      'content-type': `text/${MARKER}`,
      'user-agent': MARKER,
      referer: `https://${MARKER}.example.org`,
      'x-forwarded-for': MARKER,
      tracestate: `edge=${MARKER}`,
      'x-request-id': `${MARKER} is no id`,
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    },
    body: MARKER,
  })
  expect(t.log).toEqual([
    {
      ...{ time: expect.any(String), level: 'info', event: 'request' },
      request_id: expect.stringMatching(/^[\da-f-]{36}$/),
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      parent_id: '00f067aa0ba902b7',
      ...{ method: 'POST', route: '/auth/login', status: 415, milliseconds: expect.any(Number) },
    },
  ])
  for (const path of [`/${MARKER}`, `/auth/sessions/${MARKER}`, `/auth/login/?${MARKER}`]) {
    await t.request(path, { method: 'DELETE' })
  }
  expect(t.log.slice(1)).toMatchObject([
    { route: '/*', status: 404 },
    { route: '/auth/sessions/:id', status: 401 },
    { route: '/auth/login/', status: 404 },
  ])
  expect(JSON.stringify(t.log)).not.toContain(MARKER)
})

it('where nobody counts, nothing is missed', async () => {
  expect(plain.deps.metrics).toBeUndefined()
  expect((await plain.request('/health')).status).toBe(200)
  expect(counted).toEqual([])
})
