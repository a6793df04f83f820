import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'
import { createBrowser } from './support.ts'

const REFRESH = '/auth/refresh'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp({ env: { ACCESS_TOKEN_EXPIRE_MINUTES: '1' } })
})
afterAll(() => t.close())

async function loggedIn() {
  const browser = createBrowser(t)
  const person = await t.signup()
  const tab = browser.tab()
  await tab.login({ username_or_email: person.username, password: person.password })
  return { browser, person, tab }
}

const twenty = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: 20 }, work))

it('refreshes once for 20 parallel requests', async () => {
  const { browser, tab } = await loggedIn()
  browser.pass(61)
  const answers = await twenty(() => tab.fetch('auth/me'))
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
  expect(browser.count(REFRESH)).toBe(1)
  expect(browser.count('/auth/me')).toBe(20)
})

it.each([
  ['Web Locks', {}],
  ['no Web Locks', { locks: false as const }],
])('refreshes once for two tabs, with %s', async (_, options) => {
  const { browser, person } = await loggedIn()
  const tabs = [browser.tab(options), browser.tab(options)]
  browser.pass(61)
  const users = await Promise.all(tabs.map((tab) => twenty(() => tab.me())))
  expect(new Set(users.flat().map(({ id }) => id))).toEqual(new Set([person.id]))
  expect(browser.count(REFRESH)).toBe(1)
  const tokens = await Promise.all(tabs.map((tab) => tab.accessToken()))
  expect(tokens[0]).toBe(tokens[1])
})

it('refreshes once when the service finds the token expired before the browser does', async () => {
  const { browser, tab } = await loggedIn()
  t.advance(61)
  await twenty(() => tab.me())
  expect(browser.count(REFRESH)).toBe(1)
  expect(browser.count('/auth/me')).toBe(40)
  expect(browser.loggedOut()).toBe(0)
})

it('lets a request wait for a refresh shortly before the token expires, and not earlier', async () => {
  const { browser, tab } = await loggedIn()
  browser.pass(29)
  await tab.me()
  expect(browser.count(REFRESH)).toBe(0)
  browser.pass(26)
  const token = await tab.accessToken()
  expect(browser.count(REFRESH)).toBe(1)
  expect(await tab.accessToken()).toBe(token)
  expect(browser.count(REFRESH)).toBe(1)
})

it('goes without a lock that nobody ever releases', async () => {
  const { browser } = await loggedIn()
  const stuck = { request: () => Promise.reject(new DOMException('', 'TimeoutError')) }
  browser.pass(61)
  await browser.tab({ locks: stuck }).me()
  expect(browser.count(REFRESH)).toBe(1)
})
