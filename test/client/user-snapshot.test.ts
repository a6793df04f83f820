import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AuthClient, User } from '../../client/index.ts'
import type { Person, TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'
import { BY_COOKIE, createCookieBrowser } from './cookie-support.ts'
import { createBrowser, heldAnswer, offline } from './support.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp({ env: BY_COOKIE })
})
afterAll(() => t.close())

type Told = (User | null | undefined)[]

describe.each([
  ['tokens', createBrowser],
  ['cookie', createCookieBrowser],
])('getUser, by %s', (_, create) => {
  let browser: ReturnType<typeof createBrowser>
  let tab: AuthClient
  let person: Person
  let told: Told
  const login = (client: AuthClient, { username, password } = person) =>
    client.login({ username_or_email: username, password })
  const namesTold = () => told.map((user) => user?.username ?? user)

  beforeEach(async () => {
    browser = create(t)
    tab = browser.tab()
    told = []
    tab.onUserChange((user) => told.push(user))
    person = await t.signup()
    await expect.poll(() => tab.getUser()).toBeNull()
  })

  it('follows a log-in, a change and a log-out, and stays the same object in between', async () => {
    await login(tab)
    await expect.poll(() => tab.getUser()?.username).toBe(person.username)
    const first = tab.getUser()
    const again = await tab.me()
    expect(again).toEqual(first)
    expect(tab.getUser()).toBe(first)

    const changed = await tab.updateProfile({ display_name: 'Ada' })
    expect(tab.getUser()).toBe(changed)
    await tab.logout()
    expect(tab.getUser()).toBeNull()
    await expect.poll(() => told.at(-1)).toBeNull()
    expect(told.filter(Boolean)).toEqual([first, changed])
  })

  it('follows what another tab does', async () => {
    const other = browser.tab()
    await login(other)
    await expect.poll(() => tab.getUser()?.username).toBe(person.username)
    await other.updateProfile({ display_name: 'Grace' })
    await expect.poll(() => tab.getUser()?.display_name).toBe('Grace')
    await other.logout()
    expect(tab.getUser()).toBeNull()

    const second = await t.signup()
    await login(other, second)
    await expect.poll(() => tab.getUser()?.username).toBe(second.username)
    const names = namesTold().filter((name) => typeof name === 'string')
    expect(names).toEqual([person.username, person.username, second.username])
    expect(browser.storage.getItem(`${browser.key}:user`)).toBeNull()
  })

  it('is never one user’s while another is logged in', async () => {
    await login(tab)
    await expect.poll(() => tab.getUser()?.username).toBe(person.username)
    const second = await t.signup()
    const { fault, release } = heldAnswer()
    browser.faults.push((request, pass) => pass(request), fault)
    await login(tab, second)
    expect(tab.getUser()).toBeUndefined()
    release()
    await expect.poll(() => tab.getUser()?.username).toBe(second.username)
  })

  it('takes no answer from before a change for the newest', async () => {
    await login(tab)
    await expect.poll(() => tab.getUser()?.username).toBe(person.username)
    const answered = Promise.withResolvers<Response>()
    browser.faults.push(async (request, pass) => {
      const early = await pass(request)
      answered.resolve(early)
      await released.promise
      return early
    })
    const released = Promise.withResolvers<void>()
    const reading = tab.me()
    await answered.promise
    await tab.updateProfile({ display_name: 'Newest' })
    released.resolve()
    expect((await reading).display_name).toBeNull()
    expect(tab.getUser()?.display_name).toBe('Newest')
  })

  it('is asked for again after a failure, and by nobody who does not want it', async () => {
    const quiet = browser.tab()
    expect(await quiet.accessToken()).toBeUndefined()
    browser.faults.push((request, pass) => pass(request), offline)
    const before = browser.count('/auth/me')
    await login(quiet)
    await expect.poll(() => browser.faults).toEqual([])
    await expect
      .poll(() => {
        if (!tab.getUser() && browser.timers().length > 0) browser.nextTimer()
        return tab.getUser()?.username
      })
      .toBe(person.username)
    expect(browser.count('/auth/me')).toBe(before + 2)
  })

  it('can be given to updateProfile as what must be unchanged', async () => {
    await login(tab)
    await expect.poll(() => tab.getUser()?.username).toBe(person.username)
    const ifUnchanged = tab.getUser() ?? undefined
    await tab.me()
    await tab.updateProfile({ display_name: 'A' }, { ...(ifUnchanged && { ifUnchanged }) })
    await expect(
      tab.updateProfile({ display_name: 'B' }, { ...(ifUnchanged && { ifUnchanged }) }),
    ).rejects.toMatchObject({ code: 'precondition_failed' })
  })
})
