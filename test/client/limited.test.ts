import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuthClient, AuthError } from '../../client/index.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { limitsOf } from '../support/limits.ts'
import { tokenTo } from '../support/links.ts'
import { createTestApp } from '../support/runtime.ts'
import { createBrowser } from './support.ts'

const WRONG = 'not the password of anybody'
const NEW = 'another horse, another battery'

let base: TestApp
beforeAll(async () => {
  base = await createTestApp()
})
afterAll(() => base.close())

/** A service that limits, and a browser at it in which somebody is logged in. */
async function limited(counts: Parameters<typeof limitsOf>[0]) {
  const t = await base.beside({ env: { RATE_LIMITS: limitsOf(counts) } })
  const browser = createBrowser(t)
  const tab = browser.tab()
  const person = await base.signup()
  await tab.login({ username_or_email: person.username, password: PASSWORD })
  return { t, browser, tab, person }
}

/** The refusal of the last call, before which as many as the limit allows were not refused by it. */
async function refusalAfter(allowed: number, call: () => Promise<unknown>): Promise<AuthError> {
  const thrown: unknown[] = []
  for (let turn = 0; turn <= allowed; turn++) {
    thrown.push(
      await call().then(
        () => undefined,
        (error) => error,
      ),
    )
  }
  const error = thrown.pop()
  for (const earlier of thrown) {
    if (earlier instanceof AuthError) expect(earlier.status).not.toBe(429)
  }
  if (error instanceof AuthError) return error
  throw new Error('it was not refused')
}

const newcomer = () => {
  const username = `n${crypto.randomUUID().slice(0, 12)}`
  return { username, email: `${username}@example.org`, password: PASSWORD }
}

type Call = (tab: AuthClient, person: { username: string; email: string }) => Promise<unknown>
const CALLS: [string, Parameters<typeof limitsOf>[0], Call][] = [
  [
    'a log-in',
    { login_account: 2 },
    (tab, { email }) => tab.login({ username_or_email: email, password: WRONG }),
  ],
  ['a sign-up', { signup_client: 2 }, (tab) => tab.signup(newcomer())],
  ['a forgotten password', { mail_address: 2 }, (tab, { email }) => tab.forgotPassword(email)],
  ['another mail', { mail_client: 2 }, (tab, { email }) => tab.requestVerification(email)],
  [
    'a change of the password',
    { password_session: 2 },
    (tab) => tab.changePassword({ current_password: WRONG, new_password: NEW }),
  ],
  [
    'a change of the email',
    { password_session: 2 },
    (tab) => tab.changeEmail({ new_email: newcomer().email, current_password: WRONG }),
  ],
  ['a deletion', { password_session: 2 }, (tab) => tab.deleteAccount({ current_password: WRONG })],
]

describe.each(CALLS)('%s over its limit', (_, counts, call) => {
  it('says how long to wait, is sent once, and leaves the log-in that there is', async () => {
    const { browser, tab, person } = await limited(counts)
    const sent = browser.sent.length
    // Somebody else's account, for tries from where a session lives are counted apart.
    const other = await base.signup()
    const refused = await refusalAfter(2, () => call(tab, other))
    expect(refused).toMatchObject({ status: 429, code: 'too_many_requests', errors: [] })
    expect(refused.detail).toMatch(/^There were too many tries\. Please try again in .+\.$/)
    expect(refused.request_id).toMatch(/^[\w-]{36}$/)
    expect(refused.retryAfterSeconds).toBeGreaterThan(0)
    expect(refused.retryAfterSeconds).toBeLessThanOrEqual(1800)

    expect(browser.sent).toHaveLength(sent + 3)
    expect(browser.waits).toEqual([])
    expect(browser.loggedOut()).toBe(0)
    expect(browser.count('/auth/refresh')).toBe(0)
    expect((await tab.me()).username).toBe(person.username)
  })
})

describe('an account that is guessed at', () => {
  it('is worked with in the tabs that have it, and entered again after a reset', async () => {
    const { t, browser, tab, person } = await limited({ login_account: 2 })
    const guess = (username_or_email: string) =>
      t.request('/auth/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-test-address': '2001:db8:5:5::5' },
        body: JSON.stringify({ username_or_email, password: WRONG }),
      })
    for (const status of [401, 401, 429, 429]) {
      expect((await guess(person.email)).status).toBe(status)
    }
    browser.pass(86_000)
    expect((await browser.tab().me()).username).toBe(person.username)
    expect(browser.count('/auth/refresh')).toBe(1)

    await tab.forgotPassword(person.email)
    const token = await tokenTo(t, person.email, '/reset-password')
    await tab.resetPassword({ token, new_password: NEW })
    expect(tab.isLoggedIn()).toBe(false)
    await tab.login({ username_or_email: person.email, password: NEW })
    expect((await tab.me()).username).toBe(person.username)
  })
})
