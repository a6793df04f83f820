import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AuthClient, Locks } from '../../client/index.ts'
import type { Person, TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'
import { busy, createBrowser, createPage, heldAnswer, offline, PORTALS } from './support.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp({ env: { ACCESS_TOKEN_EXPIRE_MINUTES: '1' } })
})
afterAll(() => t.close())

let browser: ReturnType<typeof createBrowser>
let tab: AuthClient
let person: Person
let token: string | undefined
const login = (client: AuthClient) =>
  client.login({ username_or_email: person.username, password: person.password })

beforeEach(async () => {
  browser = createBrowser(t)
  tab = browser.tab()
  person = await t.signup()
  await login(tab)
  token = await tab.accessToken()
})
afterEach(() => void vi.unstubAllGlobals())

const stored = () => browser.storage.getItem(browser.key)
const pending = () => JSON.parse(browser.storage.getItem(`${browser.key}:logouts`) ?? '[]')

/** How many sessions the person has, without the one that looks. */
async function sessionsElsewhere(): Promise<number> {
  const client = createBrowser(t).tab()
  await login(client)
  const others = (await client.sessions()).length - 1
  await client.logout()
  return others
}

describe('logout', () => {
  it.each([0, 61])('ends the session, %i s after the log-in', async (seconds) => {
    browser.pass(seconds)
    await tab.logout()
    expect(stored()).toBeNull()
    expect(pending()).toEqual([])
    expect(await sessionsElsewhere()).toBe(0)
    expect(browser.loggedOut()).toBe(0)
  })

  it('may be repeated', async () => {
    await tab.logout()
    await tab.logout()
    expect(browser.count('/auth/logout')).toBe(1)
  })

  it('is done here before the service answers', async () => {
    const { fault, asked, release } = heldAnswer()
    browser.faults.push(fault)
    const done = tab.logout()
    expect(tab.isLoggedIn()).toBe(false)
    await asked
    release()
    await done
    expect(await sessionsElsewhere()).toBe(0)
  })

  it('does not wait for another tab that refreshes, and is not undone by it', async () => {
    const { fault, asked, release } = heldAnswer()
    const other = browser.tab()
    browser.pass(61)
    browser.faults.push(fault)
    const me = other.me().catch(({ code }) => code)
    await asked
    const done = tab.logout()
    expect([tab.isLoggedIn(), other.isLoggedIn()]).toEqual([false, false])
    await done
    expect(browser.count('/auth/logout')).toBe(2)
    release()
    expect(await me).toBe('token_missing')
    expect(stored()).toBeNull()
    expect(await sessionsElsewhere()).toBe(0)
  })
})

describe('a log-out while another tab holds the lock', () => {
  /** A lock that is free once the test says so; `released` ends when whoever waited for it is done. */
  function heldLock() {
    const gate = Promise.withResolvers<void>()
    const waiting: Promise<unknown>[] = []
    const locks: Locks = {
      request(_name, _options, task) {
        const done = gate.promise.then(() => task({}))
        waiting.push(done)
        return done
      },
    }
    const release = async () => {
      expect(waiting).toHaveLength(1)
      gate.resolve()
      await Promise.all(waiting)
    }
    return { locks, release }
  }

  it('forgets no log-in that follows', async () => {
    const { locks, release } = heldLock()
    await browser.tab({ locks }).logout()
    expect(stored()).toBeNull()
    await login(browser.tab({ locks: false }))
    await release()
    expect((await tab.me()).username).toBe(person.username)
    expect(await sessionsElsewhere()).toBe(1)
  })

  it('forgets once more what that tab brought back', async () => {
    const { locks, release } = heldLock()
    const before = stored() ?? ''
    const leaving = browser.tab({ locks })
    await leaving.logout()
    browser.storage.setItem(browser.key, before)
    expect(leaving.isLoggedIn()).toBe(true)
    await release()
    expect([leaving.isLoggedIn(), stored()]).toEqual([false, null])
  })
})

it('a log-out without a network waits for nothing, not even for a refresh of this tab', async () => {
  vi.stubGlobal('navigator', { onLine: false })
  const { fault, asked, release } = heldAnswer()
  browser.pass(61)
  browser.faults.push(fault)
  const me = tab.me().catch(({ code }) => code)
  await asked
  await tab.logout()
  expect([tab.isLoggedIn(), stored()]).toEqual([false, null])
  expect(pending()).toHaveLength(1)
  expect(browser.count('/auth/logout')).toBe(0)
  release()
  expect(await me).toBe('token_missing')
  expect(stored()).toBeNull()
})

it.each([
  ['is told', async () => undefined],
  ['fails', () => Promise.reject(new TypeError('Failed to fetch'))],
])('a log-out while an earlier one %s is told as well, at once', async (_, outcome) => {
  const { fault, asked, release } = heldAnswer()
  browser.faults.push(async (request, pass) => {
    const answer = await fault(request, pass)
    await outcome()
    return answer
  })
  const first = tab.logout()
  await asked
  await login(tab)
  const second = tab.logout()
  release()
  await Promise.all([first, second])
  expect(pending()).toEqual([])
  expect(browser.timers()).toEqual([])
  expect(await sessionsElsewhere()).toBe(0)
})

const WAYS_OF_FAILING = [
  ['without a network', offline],
  ['from a busy service', busy({})],
  ...Object.entries(PORTALS),
] as const

describe.each(WAYS_OF_FAILING)('logout %s', (_, fault) => {
  it('succeeds here, and tells the service later', async () => {
    browser.faults.push(fault)
    await tab.logout()
    expect(stored()).toBeNull()
    expect(tab.isLoggedIn()).toBe(false)
    expect(await sessionsElsewhere()).toBe(1)

    browser.nextTimer()
    await expect.poll(pending).toEqual([])
    expect(await sessionsElsewhere()).toBe(0)
    expect(browser.count('/auth/logout')).toBe(2)
    expect(browser.timers()).toEqual([])
  })
})

describe('a log-out that the service does not know of', () => {
  beforeEach(async () => {
    browser.faults.push(offline)
    await tab.logout()
    tab.close()
  })

  it('is told after a reload', async () => {
    const reloaded = browser.tab()
    await expect.poll(pending).toEqual([])
    expect(reloaded.isLoggedIn()).toBe(false)
    expect((await t.get('/auth/me', token)).status).toBe(401)
  })

  it('is told when the network is back, or the person', async () => {
    for (const type of ['online', 'focus']) {
      using page = createPage()
      browser.faults.push(offline)
      const reloaded = browser.tab()
      await expect.poll(browser.timers).toHaveLength(1)
      browser.pass(20)
      page.tell(type)
      await expect.poll(pending).toEqual([])
      reloaded.close()
      expect(await sessionsElsewhere()).toBe(0)
      await login(tab)
      browser.faults.push(offline)
      await tab.logout()
    }
  })

  it('is told though the access token has expired meanwhile', async () => {
    browser.pass(600)
    browser.tab()
    await expect.poll(pending).toEqual([])
    expect(await sessionsElsewhere()).toBe(0)
    expect(browser.count('/auth/refresh')).toBe(1)
  })

  it('is told in two steps where the network breaks in between', async () => {
    browser.pass(600)
    let logouts = 0
    const brittle = browser.tab({
      fetch: async (request) => {
        if (request.url.endsWith('/auth/logout') && ++logouts === 2) throw new TypeError('offline')
        return t.app.fetch(request)
      },
    })
    await expect.poll(() => logouts).toBe(2)
    await expect.poll(browser.timers).toHaveLength(1)
    expect(pending()).toHaveLength(1)
    brittle.close()
    browser.tab()
    await expect.poll(pending).toEqual([])
    expect(await sessionsElsewhere()).toBe(0)
  })

  it('is given up when the service refuses the tokens', async () => {
    const unknown = pending().map((one: object) => ({
      ...one,
      access_token: 'not.a.token',
      refresh_token: 'nor.this.one',
    }))
    browser.storage.setItem(`${browser.key}:logouts`, JSON.stringify(unknown))
    browser.tab()
    await expect.poll(pending).toEqual([])
    expect(browser.count('/auth/logout')).toBe(2)
    expect(browser.count('/auth/refresh')).toBe(1)
    expect(browser.timers()).toEqual([])
  })

  it('is given up after a month, without another word', async () => {
    const sent = browser.sent.length
    const [one] = pending()
    const old = { ...one, left_at: one.left_at - 31 * 86_400_000 }
    browser.storage.setItem(`${browser.key}:logouts`, JSON.stringify([old]))
    browser.tab()
    await expect.poll(pending).toEqual([])
    expect(browser.sent).toHaveLength(sent)
  })

  it('is one of five at most', async () => {
    for (let round = 0; round < 6; round++) {
      await login(tab)
      browser.faults.push(...Array(round + 1).fill(offline))
      await tab.logout()
      browser.faults.length = 0
    }
    expect(pending()).toHaveLength(5)
  })

  it('ends no newer session', async () => {
    const fresh = browser.tab({ fetch: (request) => Promise.resolve(t.app.fetch(request)) })
    await login(fresh)
    browser.pass(600)
    await expect.poll(pending).toEqual([])
    expect((await fresh.me()).username).toBe(person.username)
    expect(await sessionsElsewhere()).toBe(1)
    expect(browser.loggedOut()).toBe(0)
  })
})
