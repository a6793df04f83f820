import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { limitsOf } from '../support/limits.ts'
import { createTestApp } from '../support/runtime.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const TRACEPARENT = `00-${TRACE}-${SPAN}-01`
const IDS = { trace_id: TRACE, parent_id: SPAN }
const WRONG = { username_or_email: 'nobody', password: PASSWORD }

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

type Init = { method?: string; body?: string; headers?: Record<string, string> }
const JSON_TYPE = { 'content-type': 'application/json' }
const login = (headers: Record<string, string> = {}): Init => ({
  ...{ method: 'POST', body: JSON.stringify(WRONG), headers: { ...JSON_TYPE, ...headers } },
})

/** Sends a request that belongs to the trace, to one app, and gives the answer with the lines that it left. */
async function traced(path: string, { headers, ...init }: Init = {}, app = t) {
  const before = app.log.length
  const answer = await app.request(path, {
    ...init,
    headers: { traceparent: TRACEPARENT, ...headers },
  })
  return { answer, lines: app.log.slice(before) }
}

describe('a request that belongs to a trace', () => {
  it.each<[string, string, Init, number]>([
    ['an answer', '/health', {}, 200],
    ['one to HEAD', '/health', { method: 'HEAD' }, 200],
    ['a page', '/verify-email?token=1', {}, 200],
    ['a refusal', '/auth/me', {}, 401],
    ['an unknown path', '/nowhere', {}, 404],
    ['another method', '/auth/login', {}, 405],
    ['a broken body', '/auth/login', { method: 'POST', body: '{', headers: JSON_TYPE }, 400],
  ])('gets %s that says so, and one line of the log', async (_what, path, init, status) => {
    const { answer, lines } = await traced(path, init)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('traceparent')).toBe(TRACEPARENT)
    expect(lines).toMatchObject([{ event: 'request', status, ...IDS }])
  })

  it('is told from others in the line of a refused credential', async () => {
    const { answer, lines } = await traced('/auth/login', login())
    expect(answer.status).toBe(401)
    expect(lines).toMatchObject([
      { event: 'credential_refused', ...IDS },
      { event: 'request', ...IDS },
    ])
    const others = t.log.length
    await t.request('/auth/login', login())
    for (const line of t.log.slice(others)) expect(line).not.toHaveProperty('trace_id')
  })

  it('is so in the line of a limit, and with DEBUG in that of every refusal', async () => {
    const env = { DEBUG: 'true', RATE_LIMITS: limitsOf({ login_client: 1 }) }
    const app = await t.beside({ env })
    // An address of this file's own, for others count by it too.
    const init = login({ 'x-test-address': '2001:db8:7a:ce::1' })
    const first = await traced('/auth/login', init, app)
    const { answer, lines } = await traced('/auth/login', init, app)
    expect([first.answer.status, answer.status]).toEqual([401, 429])
    expect(lines).toMatchObject([
      { event: 'refused', code: 'too_many_requests', ...IDS },
      { event: 'limit_reached', limit: 'login_client', ...IDS },
      { event: 'request', ...IDS },
    ])
  })

  it('is so in the line of a failure of the service', async () => {
    const fail = () => Promise.reject(new Error('failed'))
    const app = await t.beside({ deps: { passwords: { hash: fail, verify: fail } } })
    const { answer, lines } = await traced('/auth/login', login(), app)
    expect(answer.headers.get('traceparent')).toBe(TRACEPARENT)
    expect(lines).toMatchObject([
      { event: 'internal_error', ...IDS },
      { event: 'request', status: 500, ...IDS },
    ])
  })

  it('is passed on in what this version knows of a later one', async () => {
    const traceparent = `cc-${TRACE}-${SPAN}-03-hunter2`
    const { answer, lines } = await traced('/health', { headers: { traceparent } })
    expect(answer.headers.get('traceparent')).toBe(TRACEPARENT)
    expect(lines).toMatchObject([IDS])
    expect(JSON.stringify(lines)).not.toContain('hunter2')
  })

  it('is answered by no free text of its own: tracestate and baggage are looked at by nobody', async () => {
    const headers = { tracestate: 'edge=hunter2', baggage: 'user=hunter2' }
    const { answer, lines } = await traced('/auth/login', login(headers))
    expect(JSON.stringify([lines, ...answer.headers])).not.toContain('hunter2')
  })
})

it.each([
  'hunter2',
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE}-${SPAN}-01-hunter2`,
  `${TRACEPARENT}, ${TRACEPARENT}`,
])('a traceparent that is none is ignored: %s', async (traceparent) => {
  const { answer, lines } = await traced('/health', { headers: { traceparent } })
  expect(answer.status).toBe(200)
  expect(answer.headers.has('traceparent')).toBe(false)
  expect(lines).toHaveLength(1)
  for (const name of ['trace_id', 'parent_id']) expect(lines[0]).not.toHaveProperty(name)
  expect(JSON.stringify(lines)).not.toContain('hunter2')
})

describe('Server-Timing', () => {
  it('tells with DEBUG how long an answer took, whatever it is', async () => {
    const app = await t.beside({ env: { DEBUG: 'true' } })
    for (const path of ['/health', '/auth/me', '/nowhere', '/verify-email']) {
      const { headers } = await app.request(path)
      expect(headers.get('server-timing')).toMatch(/^total;dur=\d+\.\d$/)
      expect(headers.get('x-request-id')).not.toBeNull()
    }
  })

  it('tells nobody without it', async () => {
    expect((await t.request('/health')).headers.has('server-timing')).toBe(false)
    expect((await t.request('/auth/login', login())).headers.has('server-timing')).toBe(false)
  })
})
