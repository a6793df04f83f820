import { DrizzleQueryError } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DatabaseUnavailable } from '../../src/database/errors.ts'
import type { Database } from '../../src/database/index.ts'
import { AppError } from '../../src/errors.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const SECRETS = 'postgres://edge:hunter2@db.internal/edge'

/** The app over something that fails in place of hashing, the first thing that a log-in of an unknown user does. */
async function failing(thrown: unknown) {
  const fail = async () => {
    throw thrown
  }
  const app = await t.beside({
    deps: { passwords: { hash: fail, verify: fail } },
  })
  const body = { username_or_email: 'nobody', password: PASSWORD }
  return { app, answer: await app.post('/auth/login', body) }
}

const driver = (code?: string) =>
  new DrizzleQueryError('select secret', ['pw'], Object.assign(new Error(SECRETS), { code }))

describe('whatever is thrown becomes a problem that tells nothing internal', () => {
  it.each<[string, unknown, 'internal_error' | 'service_unavailable' | 'overloaded']>([
    ['an error', new Error(SECRETS), 'internal_error'],
    ['a text', SECRETS, 'internal_error'],
    ['undefined', undefined, 'internal_error'],
    ['null', null, 'internal_error'],
    ['a circular object', circular(), 'internal_error'],
    ['a stack overflow', new RangeError('Maximum call stack size exceeded'), 'internal_error'],
    [
      'an error with a status',
      Object.assign(new Error(SECRETS), { status: 204 }),
      'internal_error',
    ],
    ['an unreachable database', driver('08006'), 'service_unavailable'],
    ['a database that is shutting down', driver('57P01'), 'service_unavailable'],
    ['a database with no room', driver('53300'), 'service_unavailable'],
    ['a driver with no code', driver(), 'service_unavailable'],
    ['a deadline', new DatabaseUnavailable(SECRETS, 'ANSWER_TIMEOUT'), 'service_unavailable'],
    ['a statement that is wrong', driver('42601'), 'internal_error'],
    ['a full queue', new AppError('overloaded', { cause: new Error(SECRETS) }), 'overloaded'],
  ])('%s', async (_what, thrown, code) => {
    const { app, answer } = await failing(thrown)
    const retryAfter = answer.headers.get('retry-after')
    const problem = await expectProblem(answer, code)
    expect(Object.keys(problem)).toEqual([
      'type',
      'title',
      'status',
      'detail',
      'code',
      'request_id',
    ])
    if (code === 'internal_error') expect(retryAfter).toBeNull()
    else expect(Number(retryAfter)).toBeGreaterThan(0)

    const lines = app.log.filter(({ level }) => level === 'error')
    expect(lines).toMatchObject([{ event: code, request_id: problem.request_id }])
    expect(JSON.stringify(app.log)).not.toMatch(/hunter2|select secret|correct horse/)
  })

  it.each([
    ['overloaded', '17'],
    ['invalid_credentials', null],
  ] as const)('%s, where it is known when to come back', async (code, retryAfter) => {
    const { answer } = await failing(new AppError(code, { retryAfterSeconds: 17 }))
    expect(answer.headers.get('retry-after')).toBe(retryAfter)
    await expectProblem(answer, code)
  })

  it('the database down: 503 wherever it is needed, and nowhere else', async () => {
    const down = new Proxy({} as Database, {
      get() {
        throw new DatabaseUnavailable(SECRETS, 'ANSWER_TIMEOUT')
      },
    })
    const app = await t.beside({ deps: { db: down } })
    const tokens = await t.login(await t.signup())
    for (const answer of [
      await app.get('/health/ready'),
      await app.get('/auth/me', tokens.access_token),
      await app.refresh(tokens.refresh_token),
      await app.post('/auth/login', { username_or_email: 'ada', password: PASSWORD }),
    ]) {
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
      await expectProblem(answer, 'service_unavailable')
    }
    for (const path of ['/health', '/openapi.json', '/docs', '/.well-known/jwks.json']) {
      expect((await app.get(path)).status).toBe(200)
    }
    await expectProblem(await app.get('/auth/me'), 'token_missing')
  })
})

function circular(): object {
  const object: Record<string, unknown> = {}
  object.itself = object
  return object
}

describe('paths and methods', () => {
  it.each([
    '/auth',
    '/auth/',
    '/health//',
    '/auth//me',
    '//auth/me',
    '/AUTH/ME',
    '/auth/%6de2',
    '/auth/me%2f',
    '/auth/me.json',
    '/auth/signup/../me2',
    '/docs//',
    '/docs/../package.json',
    '/docs/%2e%2e%2fpackage.json',
    '/.env',
    '/admin',
    '/constructor',
    '/__proto__',
    '/%E0%A4%A',
    `/${'a'.repeat(8_000)}`,
  ])('%s is 404', async (path) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const { detail } = await expectProblem(await t.request(path, { method }), 'not_found')
      expect(detail).toBe('No endpoint has this path.')
    }
  })

  it.each([
    '/auth/me/',
    '/auth/sessions/',
    `/auth/sessions/${crypto.randomUUID()}/`,
    '/openapi.json/',
  ])('%s is 404 and says that the slash is too much', async (path) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const { detail } = await expectProblem(await t.request(path, { method }), 'not_found')
      expect(detail).toBe('No endpoint has this path. Leave out the slash at its end.')
    }
  })

  it.each([
    ['/', 'GET, HEAD, OPTIONS'],
    ['/docs/', 'GET, HEAD, OPTIONS'],
    ['/auth/signup', 'POST, OPTIONS'],
    ['/auth/me', 'GET, HEAD, PATCH, DELETE, OPTIONS'],
    ['/auth/sessions', 'GET, HEAD, OPTIONS'],
    [`/auth/sessions/${crypto.randomUUID()}`, 'DELETE, OPTIONS'],
    ['/health', 'GET, HEAD, OPTIONS'],
    ['/openapi.json', 'GET, HEAD, OPTIONS'],
    ['/docs', 'GET, HEAD, OPTIONS'],
    ['/docs/swagger-ui-dist/swagger-ui.css', 'GET, HEAD, OPTIONS'],
  ])('%s with another method is 405 and says %s', async (path, allow) => {
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']
    for (const method of methods.filter((name) => !allow.includes(name))) {
      const answer = await t.request(path, { method })
      expect(answer.headers.get('allow')).toBe(allow)
      await expectProblem(answer, 'method_not_allowed')
    }
  })

  it('an override header changes no method', async () => {
    const headers = { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE' }
    await expectProblem(await t.request('/auth/me', { headers }), 'token_missing')
    const answer = await t.request('/auth/signup', { headers })
    await expectProblem(answer, 'method_not_allowed')
  })
})
