import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type AuthClient, memoryStorage } from '../../client/index.ts'
import type { Person, TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'
import { createBrowser, createPage } from './support.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

let browser: ReturnType<typeof createBrowser>
let person: Person
beforeEach(async () => {
  browser = createBrowser(t)
  person = await t.signup()
})

const login = (client: AuthClient, { username, password } = person) =>
  client.login({ username_or_email: username, password })

/** A client, and what its listener was told. */
function listeningTab() {
  const client = browser.tab()
  const told: boolean[] = []
  const stop = client.onChange((isLoggedIn) => told.push(isLoggedIn))
  return { client, told, stop }
}

it('is told of every log-in and log-out, by every client in the page', async () => {
  const [a, b] = [listeningTab(), listeningTab()]
  expect([a.client.isLoggedIn(), b.client.isLoggedIn()]).toEqual([false, false])
  await login(a.client)
  expect([a.client.isLoggedIn(), b.client.isLoggedIn()]).toEqual([true, true])
  expect([a.told, b.told]).toEqual([[true], [true]])
  await b.client.logout()
  expect([a.client.isLoggedIn(), b.client.isLoggedIn()]).toEqual([false, false])
  expect([a.told, b.told]).toEqual([
    [true, false],
    [true, false],
  ])
})

it('is told of an end by others too', async () => {
  const { client, told } = listeningTab()
  await login(client)
  await client.logoutAll({ keep_current: true })
  expect(told).toEqual([true])
  await client.logoutAll()
  expect(told).toEqual([true, false])
  expect(browser.loggedOut()).toBe(0)

  await login(client)
  const elsewhere = createBrowser(t).tab()
  await login(elsewhere)
  await elsewhere.logoutAll()
  await client.me().catch(() => undefined)
  expect(told).toEqual([true, false, true, false])
  expect(browser.loggedOut()).toBe(1)
})

it('is not told of a refresh, but of somebody else who logs in', async () => {
  const [a, b] = [listeningTab(), listeningTab()]
  await login(a.client)
  const before = await a.client.accessToken()
  browser.pass(86_400 - 10)
  expect(await a.client.accessToken()).not.toBe(before)
  expect([a.told, b.told]).toEqual([[true], [true]])

  await login(b.client, await t.signup())
  expect([a.told, b.told]).toEqual([
    [true, true],
    [true, true],
  ])
})

it('is not told by another service, or by another storage', async () => {
  const { told } = listeningTab()
  const others = [
    browser.tab({ baseUrl: 'https://other.example.org' }),
    browser.tab({ storage: memoryStorage() }),
  ]
  for (const other of others) await login(other)
  expect(told).toEqual([])
})

it('is told what changed while the page was in the cache that "back" uses', async () => {
  using page = createPage()
  const { client, told } = listeningTab()
  await login(client)
  browser.storage.removeItem(browser.key)
  page.tell('pageshow')
  await Promise.resolve()
  expect(told).toEqual([true, false])
  expect(browser.loggedOut()).toBe(1)
})

it('tells nothing more after unsubscribing, or after `close`', async () => {
  const [a, b] = [listeningTab(), listeningTab()]
  a.stop()
  b.client.close()
  await login(browser.tab({ onLoggedOut: () => undefined }))
  await a.client.logout()
  expect([a.told, b.told, browser.loggedOut()]).toEqual([[], [], 0])
  await login(b.client)
  expect((await b.client.me()).username).toBe(person.username)
})

it('tells nothing to a listener that another one has just stopped', async () => {
  const client = browser.tab()
  const told: boolean[] = []
  client.onChange(() => stop())
  const stop = client.onChange((isLoggedIn) => told.push(isLoggedIn))
  await login(client)
  expect(told).toEqual([])
})

it('leaves no listener and no timer behind when fifty clients are closed', async () => {
  using page = createPage()
  const tabs = Array.from({ length: 50 }, () => browser.tab())
  await login(tabs[0] as AuthClient)
  expect(page.listeners()).toBeGreaterThanOrEqual(50)
  expect(browser.timers()).toHaveLength(50)
  for (const tab of tabs) tab.close()
  expect(page.listeners()).toBe(0)
  await login(tabs[0] as AuthClient)
  await tabs[1]?.me()
  expect(browser.timers()).toEqual([])
})
