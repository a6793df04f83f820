import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AuthClient, AuthError, NetworkError } from '../../client/index.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'
import { busy, createBrowser, offline } from './support.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

let browser: ReturnType<typeof createBrowser>
let tab: AuthClient
beforeEach(() => {
  browser = createBrowser(t)
  tab = browser.tab()
})

async function refusalOf(pending: Promise<unknown>): Promise<AuthError> {
  const error = await pending.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof AuthError) return error
  throw new Error('it was not refused')
}

describe('refusals', () => {
  it('carry the problem details, field by field', async () => {
    const { username } = await t.signup()
    const taken = await refusalOf(
      tab.signup({ username, email: 'other@example.org', password: PASSWORD }),
    )
    expect(taken).toMatchObject({ status: 409, code: 'already_taken' })
    expect(taken.errors.map(({ pointer }) => pointer)).toEqual(['/username'])

    const invalid = await refusalOf(tab.signup({ username: '-', email: '-', password: '-' }))
    expect(invalid).toMatchObject({ status: 422, code: 'validation_failed' })
    expect(invalid.errors.map(({ pointer }) => pointer)).toContain('/email')
    expect(invalid.request_id).toMatch(/^[\w-]{36}$/)
  })

  it('name fields by codes that are passed on, those of a newer service too', async () => {
    const errors = [{ pointer: '/colour', code: 'too_blue', detail: 'Use less blue.' }]
    const headers = { 'content-type': 'application/problem+json' }
    const answer = Response.json({ code: 'validation_failed', errors }, { status: 422, headers })
    browser.faults.push(async () => answer)
    expect((await refusalOf(tab.me())).errors).toEqual(errors)
  })

  it('of a log-in are no end of a session', async () => {
    const wrong = tab.login({ username_or_email: 'nobody', password: PASSWORD })
    expect((await refusalOf(wrong)).code).toBe('invalid_credentials')
    expect(browser.loggedOut()).toBe(0)
    expect(browser.count('/auth/refresh')).toBe(0)
  })

  it.each([
    ['seconds', '7', 7],
    ['none to wait', '0', 0],
    ['a date that is past', 'Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['a word', 'soon', undefined],
    ['nothing', undefined, undefined],
  ])('say how long to wait, as they are told by %s', async (_, value, seconds) => {
    for (const status of [429, 503]) {
      browser.faults.push(busy(value === undefined ? {} : { 'retry-after': value }, status))
      const refused = await refusalOf(tab.forgotPassword('ada@example.org'))
      expect(refused).toMatchObject({ status, retryAfterSeconds: seconds })
    }
    browser.faults.push(busy({ 'retry-after': '7' }, 400))
    expect((await refusalOf(tab.forgotPassword('ada@example.org'))).retryAfterSeconds).toBe(
      undefined,
    )
  })

  it('say how long to wait, where a date is told', async () => {
    const date = new Date(Date.now() + 90_000).toUTCString()
    browser.faults.push(busy({ 'retry-after': date }, 429))
    const { retryAfterSeconds } = await refusalOf(tab.forgotPassword('ada@example.org'))
    expect(retryAfterSeconds).toBeGreaterThan(60)
    expect(retryAfterSeconds).toBeLessThanOrEqual(90)
  })

  it('by something else than the service have a code of their own', async () => {
    browser.faults.push(async () => new Response('<h1>Bad gateway</h1>', { status: 502 }))
    expect(await refusalOf(tab.me())).toMatchObject({ status: 502, code: 'unknown_error' })
  })
})

describe('what is sent again', () => {
  const credentials = { username_or_email: 'ada', password: PASSWORD }
  const account = { username: 'ada', email: 'ada@example.org', password: PASSWORD }

  it.each([
    ['sign-ups', () => tab.signup(account)],
    ['log-ins', () => tab.login(credentials)],
    ['writes', () => tab.changePassword({ current_password: '1', new_password: '2' })],
  ])('never includes %s', async (_, work) => {
    browser.faults.push(busy({ 'retry-after': '1' }))
    expect((await refusalOf(work())).status).toBe(503)
    browser.faults.push(offline)
    await expect(work()).rejects.toBeInstanceOf(NetworkError)
    expect(browser.sent).toHaveLength(2)
  })

  it('are reads, twice at most, when the server says when', async () => {
    browser.faults.push(...Array(3).fill(busy({ 'retry-after': '1' })))
    expect((await refusalOf(tab.me())).status).toBe(503)
    expect(browser.waits).toEqual([1000, 1000])

    const inTwoSeconds = new Date(Date.now() + 4000).toUTCString()
    browser.faults.push(busy({ 'retry-after': inTwoSeconds }, 429))
    expect((await refusalOf(tab.me())).code).toBe('token_missing')
    expect(browser.waits).toHaveLength(3)
  })

  it('are not reads when it does not say when, or too late', async () => {
    for (const headers of [{}, { 'retry-after': '600' }, { 'retry-after': 'soon' }]) {
      browser.faults.push(busy(headers))
      expect((await refusalOf(tab.me())).status).toBe(503)
    }
    expect(browser.sent).toHaveLength(3)
  })
})
