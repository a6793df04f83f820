import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type AuthClient,
  createAuthClient,
  type KeyValueStorage,
  memoryStorage,
  NetworkError,
} from '../../client/index.ts'
import type { Person, TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'
import { createBrowser, heldAnswer, PORTALS } from './support.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp({ env: { ACCESS_TOKEN_EXPIRE_MINUTES: '1' } })
})
afterAll(() => t.close())

let browser: ReturnType<typeof createBrowser>
let person: Person
const credentials = () => ({ username_or_email: person.username, password: person.password })
const stored = () => browser.storage.getItem(browser.key)

beforeEach(async () => {
  browser = createBrowser(t)
  person = await t.signup()
})

describe('an answer that is not the service’s', () => {
  const CALLS: [string, (tab: AuthClient) => Promise<unknown>][] = [
    ['signup', (tab) => tab.signup({ username: 'a', email: 'b', password: 'c' })],
    ['login', (tab) => tab.login(credentials())],
    ['me', (tab) => tab.me()],
    ['updateProfile', (tab) => tab.updateProfile({ locale: 'de' })],
    ['sessions', (tab) => tab.sessions()],
    ['endSession', (tab) => tab.endSession('1')],
    ['logoutAll', (tab) => tab.logoutAll()],
    ['changePassword', (tab) => tab.changePassword({ current_password: '', new_password: '' })],
  ]
  const CASES = CALLS.flatMap(([call, work]) =>
    Object.entries(PORTALS).map(([answer, fault]) => ({ call, work, answer, fault })),
  )

  it.each(CASES)('($answer) is none for $call', async ({ work, fault, answer }) => {
    const tab = browser.tab()
    await tab.login(credentials())
    const before = stored()
    const sent = browser.sent.length
    browser.faults.push(...Array(10).fill(fault))
    const error = await work(tab).catch((reason) => reason)
    if (answer.includes('demands')) expect(error).toMatchObject({ code: 'unknown_error' })
    else expect(error).toBeInstanceOf(NetworkError)
    expect(stored()).toBe(before)
    expect(browser.sent).toHaveLength(sent + 1)
    expect(browser.loggedOut()).toBe(0)
  })

  it.each(Object.entries(PORTALS))('(%s) replaces no token', async (_, fault) => {
    const tab = browser.tab()
    await tab.login(credentials())
    const before = stored()
    browser.pass(61)
    browser.faults.push(...Array(10).fill(fault))
    await expect(tab.me()).rejects.toThrow()
    expect(stored()).toBe(before)
    browser.faults.length = 0
    expect((await tab.me()).username).toBe(person.username)
    expect(browser.loggedOut()).toBe(0)
  })
})

it('hands a redirect to a caller that wants it, and follows it for others', async () => {
  const tab = browser.tab()
  await tab.login(credentials())
  const redirect = async () => Response.redirect('https://elsewhere.example.org/', 302)
  browser.faults.push(redirect)
  const answer = await tab.fetch('old', { redirect: 'manual' })
  expect([answer.status, answer.headers.get('location')]).toEqual([
    302,
    'https://elsewhere.example.org/',
  ])
  await tab.fetch('old')
  expect(browser.sent.slice(-2).map(({ redirect }) => redirect)).toEqual(['manual', 'follow'])
  browser.faults.push(redirect)
  await expect(tab.me()).rejects.toBeInstanceOf(NetworkError)
})

describe('a caller that goes away', () => {
  const never = new Promise<never>(() => {})

  it('does not wait for a refresh, which others get all the same', async () => {
    const tab = browser.tab()
    await tab.login(credentials())
    browser.pass(61)
    const { fault, asked, release } = heldAnswer()
    browser.faults.push(fault)
    const leaving = new AbortController()
    const left = tab.fetch('auth/me', { signal: leaving.signal }).catch(({ name }) => name)
    const stays = tab.me()
    await asked
    leaving.abort()
    expect(await left).toBe('AbortError')
    release()
    expect((await stays).username).toBe(person.username)
    expect(browser.count('/auth/refresh')).toBe(1)
    expect(browser.count('/auth/me')).toBe(1)
  })

  it('does not wait for a lock', async () => {
    const login = browser.tab()
    await login.login(credentials())
    browser.pass(61)
    const tab = browser.tab({ locks: { request: () => never } })
    const leaving = new AbortController()
    const left = tab.fetch('auth/me', { signal: leaving.signal }).catch((reason) => reason)
    leaving.abort(new Error('enough'))
    expect(await left).toMatchObject({ message: 'enough' })
    expect(browser.count('/auth/me')).toBe(0)
  })

  it('does not wait until a busy service may be asked again', async () => {
    let naps = 0
    const clock = {
      sleep: () => {
        naps++
        return never
      },
    }
    const tab = browser.tab({ clock })
    const busy = async () => new Response('', { status: 503, headers: { 'retry-after': '5' } })
    browser.faults.push(busy)
    const leaving = new AbortController()
    const left = tab.fetch('auth/me', { signal: leaving.signal }).catch(({ name }) => name)
    await expect.poll(() => naps).toBe(1)
    leaving.abort()
    expect(await left).toBe('AbortError')
  })

  it('before the start waits for nothing and sends nothing', async () => {
    await browser.tab().login(credentials())
    browser.pass(61)
    const tab = browser.tab({ locks: { request: () => never } })
    const sent = browser.sent.length
    await expect(tab.fetch('auth/me', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    })
    expect(browser.sent).toHaveLength(sent)
  })
})

/** A storage that can be made to fail. */
function fragileStorage(inner: KeyValueStorage, ...failing: (keyof KeyValueStorage)[]) {
  const broken = new Set(failing)
  const check = (method: keyof KeyValueStorage) => {
    if (broken.has(method)) throw new DOMException('', 'QuotaExceededError')
  }
  const storage: KeyValueStorage = {
    getItem(key) {
      check('getItem')
      return inner.getItem(key)
    },
    setItem(key, value) {
      check('setItem')
      inner.setItem(key, value)
    },
    removeItem(key) {
      check('removeItem')
      inner.removeItem(key)
    },
  }
  return { storage, broken }
}

describe('a storage that fails', () => {
  it.each([
    ['is full', ['setItem']],
    ['is read-only', ['setItem', 'removeItem']],
    ['is out of reach', ['setItem', 'removeItem', 'getItem']],
  ] as const)('because it %s does not log out the tab that meets it', async (_, methods) => {
    const { storage, broken } = fragileStorage(browser.storage)
    const tab = browser.tab({ storage })
    await tab.login(credentials())
    for (const method of methods) broken.add(method)
    for (let round = 1; round <= 3; round++) {
      browser.pass(61)
      expect((await tab.me()).username).toBe(person.username)
      expect(browser.count('/auth/refresh')).toBe(round)
    }
    expect(browser.loggedOut()).toBe(0)
    expect(t.log).not.toContainEqual(expect.objectContaining({ outcome: 'refresh_token_reused' }))

    broken.clear()
    browser.pass(61)
    await tab.me()
    expect(JSON.parse(stored() ?? '{}').access_token).toBe(await tab.accessToken())
  })

  it('keeps no token that has been used, for another tab to use again', async () => {
    const { storage, broken } = fragileStorage(browser.storage)
    const tab = browser.tab({ storage })
    await tab.login(credentials())
    broken.add('setItem')
    browser.pass(61)
    await tab.me()
    expect(stored()).toBeNull()
    expect([tab.isLoggedIn(), browser.tab().isLoggedIn()]).toEqual([true, false])

    await browser.tab().login(credentials())
    const newer = JSON.parse(stored() ?? '{}').access_token
    expect(await tab.accessToken()).toBe(newer)
  })

  it('logs in and out', async () => {
    const { storage, broken } = fragileStorage(browser.storage)
    for (const method of ['setItem', 'removeItem', 'getItem'] as const) broken.add(method)
    const tab = browser.tab({ storage })
    await tab.login(credentials())
    expect((await tab.me()).username).toBe(person.username)
    const token = await tab.accessToken()
    await tab.logout()
    expect(tab.isLoggedIn()).toBe(false)
    expect((await t.get('/auth/me', token)).status).toBe(401)
  })

  it('holding nonsense is as good as empty', async () => {
    for (const text of ['{', '1', 'null', '[]', '{"access_token":"a"}']) {
      browser.storage.setItem(browser.key, text)
      browser.storage.setItem(`${browser.key}:logouts`, text)
      const tab = browser.tab()
      expect(tab.isLoggedIn()).toBe(false)
      await expect(tab.me()).rejects.toMatchObject({ code: 'token_missing' })
    }
  })
})

describe('createAuthClient', () => {
  const baseUrl = 'https://auth.example.org'
  afterEach(() => void vi.unstubAllGlobals())

  it.each([
    ['a promise', async () => null],
    ['a promise that fails', () => Promise.reject(new Error('no'))],
  ])('refuses a storage that gives %s, in words', (_, getItem) => {
    const storage = { ...browser.storage, getItem } as unknown as KeyValueStorage
    expect(() => createAuthClient({ baseUrl, storage })).toThrow(/storage must be synchronous/)
  })

  it('refuses a URL that is missing, in words', () => {
    const options = { baseUrl: undefined } as unknown as { baseUrl: string }
    expect(() => createAuthClient(options)).toThrow('baseUrl is missing')
  })

  it.each(['/auth-service', baseUrl])('shares nothing on a server, at %s', async (url) => {
    vi.stubGlobal('localStorage', browser.storage)
    const pass = async (request: Request) => t.app.fetch(new Request(request))
    const [client, other] = [url, url].map((baseUrl) => createAuthClient({ baseUrl, fetch: pass }))
    await client?.login(credentials()).catch(() => undefined)
    expect(other?.isLoggedIn()).toBe(false)
    expect(client?.isLoggedIn()).toBe(!url.startsWith('/'))
    client?.close()
  })

  it.each([
    ['is missing', undefined],
    ['is null', null],
    ['throws', fragileStorage(memoryStorage(), 'getItem').storage],
  ])('keeps tokens in memory where localStorage %s', async (_, localStorage) => {
    vi.stubGlobal('window', globalThis)
    vi.stubGlobal('localStorage', localStorage)
    const tab = browser.tab({ storage: undefined } as object)
    await tab.login(credentials())
    expect((await tab.me()).username).toBe(person.username)
    tab.close()
  })

  it('finds the log-in of before in a storage that is full now', async () => {
    await browser.tab().login(credentials())
    const { storage, broken } = fragileStorage(browser.storage)
    broken.add('setItem')
    vi.stubGlobal('window', globalThis)
    vi.stubGlobal('localStorage', storage)
    const tab = browser.tab({ storage: undefined } as object)
    expect((await tab.me()).username).toBe(person.username)
    tab.close()
  })
})
