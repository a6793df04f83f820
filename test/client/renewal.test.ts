import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AuthClient } from '../../client/index.ts'
import type { Person, TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'
import { busy, createBrowser, createPage, heldAnswer, offline, PORTALS } from './support.ts'

const REFRESH = '/auth/refresh'
const MINUTE = 60_000

let t: TestApp
beforeAll(async () => {
  t = await createTestApp({
    env: { ACCESS_TOKEN_EXPIRE_MINUTES: '15', REFRESH_TOKEN_EXPIRE_MINUTES: '43200' },
  })
})
afterAll(() => t.close())

let browser: ReturnType<typeof createBrowser>
let tab: AuthClient
let person: Person
beforeEach(async () => {
  browser = createBrowser(t)
  tab = browser.tab()
  person = await t.signup()
  await tab.login({ username_or_email: person.username, password: person.password })
})

const stored = () => JSON.parse(browser.storage.getItem(browser.key) ?? 'null')
const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Runs timers until a request was sent, and waits for what comes of it. */
async function timersUntilRefresh(): Promise<void> {
  const before = browser.count(REFRESH)
  while (browser.count(REFRESH) === before) {
    browser.nextTimer()
    await settled()
  }
  await expect.poll(browser.timers).toHaveLength(1)
}

describe('an idle page', () => {
  it('refreshes at half of the life of its token, again and again', async () => {
    for (let round = 1; round <= 12; round++) {
      const { access_token, issued_at } = stored()
      await timersUntilRefresh()
      expect(browser.count(REFRESH)).toBe(round)
      expect(stored().access_token).not.toBe(access_token)
      const age = stored().issued_at - issued_at
      expect(age).toBeGreaterThanOrEqual(7.5 * MINUTE)
      expect(age).toBeLessThan(9.1 * MINUTE)
    }
    expect((await tab.me()).username).toBe(person.username)
    expect(browser.count(REFRESH)).toBe(12)
  })

  it('of fifty tabs refreshes in one, at a moment of its own', async () => {
    const tabs = [tab, ...Array.from({ length: 49 }, () => browser.tab())]
    browser.pass(300)
    for (const each of tabs) await each.accessToken()
    const moments = browser.timers().map(Math.round)
    expect(new Set(moments).size).toBeGreaterThan(25)
    expect(Math.min(...moments)).toBeGreaterThan(2.4 * MINUTE)
    expect(Math.max(...moments)).toBeLessThan(4.1 * MINUTE)

    browser.pass(300)
    await Promise.all(tabs.map((each) => each.accessToken()))
    await expect.poll(browser.timers).toHaveLength(50)
    expect(browser.count(REFRESH)).toBe(1)
  })

  it('sets no timer that overflows, and none that a sleep prolongs by much', async () => {
    const issued_at = Date.now()
    const long = { ...stored(), issued_at, expires_at: issued_at + 90 * 86_400_000 }
    browser.storage.setItem(browser.key, JSON.stringify(long))
    browser.tab()
    expect(Math.max(...browser.timers())).toBeLessThanOrEqual(5 * MINUTE)
    expect(browser.count(REFRESH)).toBe(0)
  })

  it('refreshes when the clock was set back, once', async () => {
    const ahead = 400 * 86_400_000
    const { issued_at, expires_at, ...tokens } = stored()
    const future = { ...tokens, issued_at: issued_at + ahead, expires_at: expires_at + ahead }
    browser.storage.setItem(browser.key, JSON.stringify(future))
    await tab.accessToken()
    await expect.poll(() => stored().issued_at).toBeLessThan(Date.now() + MINUTE)
    await tab.me()
    expect(browser.count(REFRESH)).toBe(1)
  })

  it('does not refresh ever faster towards the end of a session', async () => {
    browser.faults.push(async (request, pass) => {
      const answer = await (await pass(request)).json()
      return Response.json({ ...answer, expires_in: 1 })
    })
    await timersUntilRefresh()
    expect(browser.timers()[0]).toBeGreaterThan(10_000)
  })

  it('is refreshed by what it is told when timers stood still', async () => {
    for (const [index, type] of ['focus', 'pageshow', 'online'].entries()) {
      using page = createPage()
      browser.tab()
      browser.pass(600)
      page.tell(type)
      await expect.poll(() => stored().issued_at).toBeGreaterThan(Date.now() + index * 600_000)
      expect(browser.count(REFRESH)).toBe(index + 1)
    }
  })

  it('goes on with tokens that an older client stored', async () => {
    const { access_token, refresh_token, expires_at } = stored()
    const old = { access_token, refresh_token, refresh_after: expires_at - 30_000, expires_at }
    browser.storage.setItem(browser.key, JSON.stringify(old))
    const page = browser.tab()
    expect(page.isLoggedIn()).toBe(true)
    await expect.poll(() => browser.count(REFRESH)).toBe(1)
    expect((await page.me()).username).toBe(person.username)
  })
})

it('lets no request wait while the token is still good', async () => {
  const { fault, asked, release } = heldAnswer()
  const { access_token } = stored()
  browser.pass(600)
  browser.faults.push(fault)
  const me = tab.me()
  await asked
  expect((await me).username).toBe(person.username)
  expect(stored().access_token).toBe(access_token)
  expect(browser.sent.at(-1)?.url).toMatch(/\/auth\/me$/)
  release()
  await expect.poll(() => stored().access_token).not.toBe(access_token)
  await tab.me()
  expect(browser.count(REFRESH)).toBe(1)
})

describe('a refresh in the background that fails', () => {
  it.each([
    ...Object.entries(PORTALS),
    ['no network', offline] as const,
    ['a busy service', busy({ 'retry-after': '60' })] as const,
  ])('for %s is quiet, logs nobody out, and comes again', async (_, fault) => {
    const before = stored()
    browser.pass(600)
    browser.faults.push(...Array(20).fill(fault))
    const startedAt = performance.now()
    await tab.accessToken()
    await expect.poll(browser.timers).toHaveLength(1)
    expect(stored()).toEqual(before)
    const asked = browser.count(REFRESH)
    // The wait counts from the failure; a timer that a busy machine sets later is shorter by as much.
    expect(browser.timers()[0]).toBeGreaterThanOrEqual(5_000 - (performance.now() - startedAt))
    expect(browser.timers()[0]).toBeLessThanOrEqual(10_000)
    for (let request = 0; request < 5; request++) await tab.accessToken()
    expect(browser.count(REFRESH)).toBe(asked)

    browser.faults.length = 0
    await timersUntilRefresh()
    expect(stored().access_token).not.toBe(before.access_token)
    expect(browser.loggedOut()).toBe(0)
  })

  it('waits longer each time, but asks at once when the network is back', async () => {
    using page = createPage()
    const idle = browser.tab()
    tab.close()
    browser.pass(600)
    browser.faults.push(...Array(1000).fill(offline))
    const waits: number[] = []
    await idle.accessToken()
    for (let failure = 1; failure <= 5; failure++) {
      if (failure > 1) browser.nextTimer()
      await expect.poll(browser.timers).toHaveLength(1)
      waits.push(browser.timers()[0] ?? 0)
    }
    expect(waits[0]).toBeLessThanOrEqual(10_000)
    expect(waits.at(-1)).toBeGreaterThan(30_000)
    expect(Math.max(...waits)).toBeLessThanOrEqual(5 * MINUTE)

    browser.faults.length = 0
    const before = stored().access_token
    page.tell('online')
    await expect.poll(() => stored().access_token).not.toBe(before)
    expect(browser.loggedOut()).toBe(0)
  })

  it('because the session has ended logs out, and leaves no timer', async () => {
    const other = createBrowser(t).tab()
    await other.login({ username_or_email: person.username, password: person.password })
    await other.logoutAll()
    await timersUntilLoggedOut()
    expect(browser.loggedOut()).toBe(1)
    expect(browser.timers()).toEqual([])
    expect(browser.count(REFRESH)).toBe(1)
  })
})

async function timersUntilLoggedOut(): Promise<void> {
  while (browser.count(REFRESH) === 0) {
    browser.nextTimer()
    await settled()
  }
  await expect.poll(() => tab.isLoggedIn()).toBe(false)
}
