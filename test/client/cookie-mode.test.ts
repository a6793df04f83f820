import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AuthClient, memoryStorage, type User } from '../../client/index.ts'
import { PASSWORD, type Person, type TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'
import { API, BY_COOKIE, createCookieBrowser, turn } from './cookie-support.ts'
import { createPage, heldAnswer, loseAnswer, offline } from './support.ts'

const TOKEN = '/auth/session/token'
const COOKIE = '__Host-Http-ea_session'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp({ env: { ...BY_COOKIE, ACCESS_TOKEN_EXPIRE_MINUTES: '15' } })
})
afterAll(() => t.close())

let browser: ReturnType<typeof createCookieBrowser>
let tab: AuthClient
let person: Person
const login = (client: AuthClient) =>
  client.login({ username_or_email: person.username, password: person.password })
/** Ends once the client knows whether anybody is logged in. */
const known = (client: AuthClient) => expect.poll(client.getUser).not.toBeUndefined()

beforeEach(async () => {
  browser = createCookieBrowser(t)
  tab = browser.tab()
  person = await t.signup()
  await known(tab)
})

describe('a log-in', () => {
  it('is by cookie: no script finds a token in a storage, and the service gets none in a header', async () => {
    const kept: string[] = []
    const storage = {
      ...browser.storage,
      setItem: (key: string, value: string) => {
        kept.push(value)
        browser.storage.setItem(key, value)
      },
    }
    const client = browser.tab({ storage })
    await login(client)
    const token = await client.accessToken()
    expect((await client.me()).username).toBe(person.username)
    await client.updateProfile({ display_name: 'Ada' })
    await client.reauth({ password: person.password })

    expect(token).toMatch(/^eyJ/)
    expect(kept.length).toBeGreaterThan(0)
    expect(kept.filter((value) => /eyJ|refresh|token/.test(value))).toEqual([])
    for (const request of browser.sent) {
      expect(request.headers.has('authorization')).toBe(false)
      const isSignup = request.url.endsWith('/signup')
      expect([request.credentials, request.headers.get('x-edge-auth')]).toEqual(
        isSignup ? ['same-origin', null] : ['include', '1'],
      )
    }
    const [opening] = browser.sent.filter(({ url }) => url.endsWith('/auth/login'))
    expect(await opening?.clone().json()).toMatchObject({ transport: 'cookie' })
    expect([...browser.jar.keys()]).toEqual([COOKIE])
    expect((await client.sessions()).map(({ transport }) => transport)).toEqual(['cookie'])
  })

  it('is told in every tab, and so is a log-out, which is one at the service', async () => {
    const other = browser.tab()
    await known(other)
    const told: [string, boolean][] = []
    tab.onChange((isLoggedIn) => told.push(['tab', isLoggedIn]))
    other.onChange((isLoggedIn) => told.push(['other', isLoggedIn]))
    await login(tab)
    await expect.poll(() => other.getUser()?.username).toBe(person.username)
    expect([tab.isLoggedIn(), other.isLoggedIn()]).toEqual([true, true])
    expect((await other.me()).username).toBe(person.username)

    await other.logout()
    expect([tab.isLoggedIn(), other.isLoggedIn()]).toEqual([false, false])
    await expect.poll(() => [tab.getUser(), other.getUser()]).toEqual([null, null])
    expect(told.toSorted()).toEqual([
      ['other', false],
      ['other', true],
      ['tab', false],
      ['tab', true],
    ])
    expect(browser.loggedOut()).toBe(1)
    expect(browser.count('/auth/logout')).toBe(1)
    expect(browser.jar.size).toBe(0)
    expect(await tab.accessToken()).toBeUndefined()
  })
})

describe('a page that starts', () => {
  it('asks once whether there is a session, and says until then that it does not know', async () => {
    await login(tab)
    const before = browser.count(TOKEN)
    // The log-in may have been made on the service's own pages, which share no storage with this one.
    const client = browser.tab({ storage: memoryStorage() })
    const told: boolean[] = []
    client.onChange((isLoggedIn) => told.push(isLoggedIn))
    expect([client.isLoggedIn(), client.getUser()]).toEqual([false, undefined])
    await expect.poll(() => client.getUser()?.username).toBe(person.username)
    expect(client.isLoggedIn()).toBe(true)
    expect(told).toEqual([true])
    expect(browser.count(TOKEN)).toBe(before + 1)
  })

  it('finds that nobody is logged in, and asks no more', async () => {
    const client = browser.tab()
    const told: (User | null | undefined)[] = []
    client.onUserChange((user) => told.push(user))
    expect(client.getUser()).toBeUndefined()
    await known(client)
    expect(client.getUser()).toBeNull()
    expect(await client.accessToken()).toBeUndefined()
    expect(told).toEqual([null])
    expect(browser.count(TOKEN)).toBe(2)
    expect(browser.loggedOut()).toBe(0)
  })

  it('that is rendered on a server asks nothing, and knows nothing', async () => {
    using page = createPage()
    const sent = browser.sent.length
    const client = browser.clientOnServer()
    expect([client.isLoggedIn(), client.getUser()]).toEqual([false, undefined])
    await turn()
    expect(browser.sent).toHaveLength(sent)
    expect(page.listeners()).toBe(0)
  })

  it('without a network asks again later, and logs nobody out', async () => {
    await login(tab)
    browser.faults.push(offline)
    const client = browser.tab({ storage: memoryStorage() })
    client.getUser()
    await expect.poll(() => browser.faults).toEqual([])
    expect(client.getUser()).toBeUndefined()
    await browser.until(() => client.getUser() !== undefined)
    expect(client.getUser()?.username).toBe(person.username)
  })
})

describe('an access token', () => {
  it('is asked for once by twenty calls, and goes to trusted origins alone', async () => {
    await login(tab)
    const other = browser.tab()
    const before = browser.count(TOKEN)
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => (await other.fetch(`${API}/things`)).json()),
    )
    expect(browser.count(TOKEN)).toBe(before + 1)
    const headers = new Set(
      answers.map((body) => (body as { authorization: string }).authorization),
    )
    expect([...headers]).toEqual([`Bearer ${await other.accessToken()}`])
    for (const request of browser.asked) {
      expect([request.credentials, request.headers.has('x-edge-auth')]).toEqual([
        'same-origin',
        false,
      ])
    }
  })

  it('is renewed at half of its life, by each page that is open', async () => {
    await login(tab)
    const [before, first] = [browser.count(TOKEN), await tab.accessToken()]
    await browser.until(() => browser.count(TOKEN) > before)
    await expect.poll(() => tab.accessToken()).not.toBe(first)
    expect(browser.count(TOKEN)).toBe(before + 1)
    expect(tab.isLoggedIn()).toBe(true)
  })
})

describe('a session that has ended elsewhere', () => {
  it.each(['me', 'token'] as const)('logs out in all tabs, found by %s', async (way) => {
    const other = browser.tab()
    await login(tab)
    await expect.poll(() => other.getUser()?.username).toBe(person.username)
    const elsewhere = createCookieBrowser(t).tab()
    await login(elsewhere)
    await elsewhere.logoutAll()
    if (way === 'me') await expect(tab.me()).rejects.toMatchObject({ code: 'token_invalid' })
    else {
      browser.pass(900)
      expect(await tab.accessToken()).toBeUndefined()
    }
    expect([tab.isLoggedIn(), other.isLoggedIn()]).toEqual([false, false])
    await expect.poll(browser.loggedOut).toBe(2)
    await expect.poll(() => other.getUser()).toBeNull()
  })
})

describe('a step-up', () => {
  it('renews the cookie, and every tab has the new token', async () => {
    const other = browser.tab()
    await login(tab)
    const [before, cookie] = [await other.accessToken(), browser.jar.get(COOKIE)]
    await tab.reauth({ password: person.password })
    expect(browser.jar.get(COOKIE)).not.toBe(cookie)
    const after = await other.accessToken()
    expect(after).not.toBe(before)
    expect((await other.me()).username).toBe(person.username)
    expect(browser.loggedOut()).toBe(0)
  })

  it('whose answer is lost logs nobody out: the former cookie gets the present one', async () => {
    await login(tab)
    const cookie = browser.jar.get(COOKIE)
    browser.faults.push(async (request) => {
      await loseAnswer(request, (sent) => {
        const copy = new Request(sent, { headers: { ...Object.fromEntries(sent.headers) } })
        copy.headers.set('cookie', `${COOKIE}=${cookie}`)
        copy.headers.set('origin', 'https://app.example.org')
        return Promise.resolve(t.app.fetch(copy))
      })
      throw new Error('not reached')
    })
    await expect(tab.reauth({ password: person.password })).rejects.toThrow()
    await expect.poll(() => browser.jar.get(COOKIE)).not.toBe(cookie)
    expect((await tab.me()).username).toBe(person.username)
    expect(browser.loggedOut()).toBe(0)
  })
})

describe('a log-out without a network', () => {
  it('is one for every page until the service was told, though the cookie is still there', async () => {
    const other = browser.tab()
    await login(tab)
    browser.faults.push(offline, offline)
    await tab.logout()
    expect([tab.isLoggedIn(), other.isLoggedIn()]).toEqual([false, false])
    expect(browser.jar.size).toBe(1)

    const reloaded = browser.tab()
    await expect.poll(() => browser.jar.size).toBe(0)
    await known(reloaded)
    expect([reloaded.getUser(), reloaded.isLoggedIn()]).toEqual([null, false])
    expect(browser.storage.getItem(`${browser.key}:logout`)).toBeNull()
  })

  it('ends no session that was opened meanwhile', async () => {
    await login(tab)
    const pages = browser.jar.get(COOKIE)
    browser.faults.push(offline, offline)
    await tab.logout()
    tab.close()
    expect(pages).toBeDefined()
    // On the pages of the service, of which this page's storage knows nothing.
    const hosted = createCookieBrowser(t)
    await login(hosted.tab())
    browser.jar.set(COOKIE, hosted.jar.get(COOKIE) ?? '')
    const reloaded = browser.tab()
    await expect.poll(() => reloaded.getUser()?.username).toBe(person.username)
    expect(browser.jar.size).toBe(1)
  })
})

it('a log-in waits for a log-out, whose late answer would take the new cookie away', async () => {
  await login(tab)
  const { fault, asked, release } = heldAnswer()
  browser.faults.push(fault)
  const leaving = tab.logout()
  await asked
  const coming = login(browser.tab())
  // Time enough to send it, if it would not wait.
  const sent = browser.sent.length
  await t.signup()
  await t.signup()
  expect(browser.sent).toHaveLength(sent)
  release()
  await Promise.all([leaving, coming])
  expect((await tab.me()).username).toBe(person.username)
  expect(tab.isLoggedIn()).toBe(true)
})

it('a bearer token in a header of the caller’s own is left alone', async () => {
  await login(tab)
  const answer = await tab.fetch('auth/me', { headers: { authorization: 'Bearer bad' } })
  expect(answer.status).toBe(401)
  expect(tab.isLoggedIn()).toBe(true)
})

it('what changes the password keeps this session and ends others', async () => {
  const elsewhere = createCookieBrowser(t).tab()
  await login(tab)
  await login(elsewhere)
  await tab.changePassword({ current_password: PASSWORD, new_password: 'another fine battery' })
  expect((await tab.me()).username).toBe(person.username)
  await expect(elsewhere.me()).rejects.toMatchObject({ code: 'token_invalid' })
})
