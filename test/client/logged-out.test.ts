import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AuthClient } from '../../client/index.ts'
import type { Person, TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'
import { createBrowser } from './support.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp({ env: { ACCESS_TOKEN_EXPIRE_MINUTES: '1' } })
})
afterAll(() => t.close())

let browser: ReturnType<typeof createBrowser>
let tab: AuthClient
let person: Person
const login = (client: AuthClient) =>
  client.login({ username_or_email: person.username, password: person.password })

beforeEach(async () => {
  browser = createBrowser(t)
  tab = browser.tab()
  person = await t.signup()
  await login(tab)
})

/** The same user at another computer. */
async function elsewhere(): Promise<AuthClient> {
  const client = createBrowser(t).tab()
  await login(client)
  return client
}

const stored = () => browser.storage.getItem(browser.key)

describe('a session that was ended elsewhere', () => {
  it('is forgotten, and the page is told once', async () => {
    await (await elsewhere()).logoutAll()
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => tab.me()))
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ reason: { name: 'AuthError', code: 'token_invalid' } })
    }
    expect(browser.loggedOut()).toBe(1)
    expect(stored()).toBeNull()
    expect(await tab.accessToken()).toBeUndefined()
    await expect(tab.me()).rejects.toMatchObject({ code: 'token_missing' })
  })

  it('stays forgotten only as long as nobody logs in', async () => {
    await (await elsewhere()).logoutAll()
    await tab.me().catch(() => undefined)
    await login(tab)
    expect((await tab.me()).username).toBe(person.username)
  })
})

describe('tokens that changed while a refresh was under way', () => {
  it('survive its refusal', async () => {
    await (await elsewhere()).logoutAll()
    const other = browser.tab({ locks: false })
    browser.pass(61)
    browser.faults.push(async (request, pass) => {
      const answer = await pass(request)
      await login(other)
      return answer
    })
    expect((await tab.me()).username).toBe(person.username)
    expect(browser.loggedOut()).toBe(0)
  })

  it('are not overwritten by its success', async () => {
    const other = browser.tab({ locks: false })
    browser.pass(61)
    let newer: string | null = null
    browser.faults.push(async (request, pass) => {
      const answer = await pass(request)
      await login(other)
      newer = stored()
      return answer
    })
    await tab.me()
    expect(newer).toContain('refresh_token')
    expect(stored()).toBe(newer)
  })

  it('do not come back after a log-out', async () => {
    browser.pass(61)
    browser.faults.push(async (request, pass) => {
      const answer = await pass(request)
      browser.storage.removeItem(browser.key)
      return answer
    })
    await expect(tab.me()).rejects.toMatchObject({ code: 'token_missing' })
    expect(stored()).toBeNull()
  })
})

it('keeps the tokens when somebody else than the service says 401', async () => {
  browser.pass(61)
  browser.faults.push(async () => new Response('<h1>Who are you?</h1>', { status: 401 }))
  await expect(tab.me()).rejects.toMatchObject({ status: 401, code: 'unknown_error' })
  expect(stored()).not.toBeNull()
  await tab.me()
  expect(browser.loggedOut()).toBe(0)
})
