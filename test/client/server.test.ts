import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { type AuthClient, memoryStorage } from '../../client/index.ts'
import type { Person, TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'
import { createBrowser, createPage, heldAnswer, offline } from './support.ts'

const REFRESH = '/auth/refresh'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp({ env: { ACCESS_TOKEN_EXPIRE_MINUTES: '15' } })
})
afterAll(() => t.close())

let browser: ReturnType<typeof createBrowser>
let person: Person
const login = (client: AuthClient) =>
  client.login({ username_or_email: person.username, password: person.password })

/** The person logged in once; a server now finds the tokens in a cookie, say, that `browser.storage` reads. */
beforeEach(async () => {
  browser = createBrowser(t)
  person = await t.signup()
  const tab = browser.tab()
  await login(tab)
  tab.close()
})
afterEach(() => void vi.useRealTimers())

const stored = () => browser.storage.getItem(browser.key)
const settled = () => new Promise((resolve) => setImmediate(resolve))

it('a client outside of a page does nothing that nobody asked for', async () => {
  using page = createPage()
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] })
  const before = JSON.parse(stored() ?? '').access_token
  const sent = browser.sent.length
  browser.pass(600)
  const client = browser.clientOnServer()
  expect(await client.accessToken()).toBe(before)
  await settled()
  expect([page.listeners(), vi.getTimerCount()]).toEqual([0, 0])
  expect(browser.sent).toHaveLength(sent)

  vi.useRealTimers()
  browser.pass(280)
  expect(await client.accessToken()).not.toBe(before)
  expect((await client.me()).username).toBe(person.username)
  expect(browser.count(REFRESH)).toBe(1)
})

it('it tells the service of a log-out once, when that happens', async () => {
  const { access_token } = JSON.parse(stored() ?? '')
  browser.faults.push(offline)
  await browser.clientOnServer().logout()
  expect(browser.count('/auth/logout')).toBe(1)
  expect((await t.get('/auth/me', access_token)).status).toBe(200)

  const other = browser.clientOnServer()
  await settled()
  expect(browser.count('/auth/logout')).toBe(1)
  await login(other)
  await other.logout()
  expect((await t.get('/auth/me', access_token)).status).toBe(401)
  expect(browser.storage.getItem(`${browser.key}:logouts`)).toBeNull()
})

it('it waits for nobody else’s refresh', async () => {
  const { fault, asked, release } = heldAnswer()
  browser.pass(880)
  browser.faults.push(fault)
  const slow = browser.clientOnServer().me()
  await asked
  const other = browser.clientOnServer({ storage: memoryStorage() })
  await login(other)
  expect((await other.me()).username).toBe(person.username)
  release()
  expect((await slow).username).toBe(person.username)
  expect(browser.count(REFRESH)).toBe(1)
})
