import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { AuthClient } from '../../client/index.ts'
import { PASSWORD, type Person, type TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'
import { createBrowser } from './support.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp({ env: { ACCESS_TOKEN_EXPIRE_MINUTES: '1' } })
})
afterAll(() => t.close())

let browser: ReturnType<typeof createBrowser>
let tab: AuthClient
let other: AuthClient
let person: Person
beforeEach(async () => {
  browser = createBrowser(t)
  tab = browser.tab()
  other = createBrowser(t).tab()
  const name = `c${crypto.randomUUID().slice(0, 8)}`
  person = { username: name, email: `${name}@example.org`, password: PASSWORD }
  await tab.signup(person)
  for (const client of [tab, other]) {
    await client.login({ username_or_email: person.email, password: PASSWORD })
  }
})

it('lists sessions and ends one', async () => {
  const sessions = await tab.sessions()
  expect(sessions.map(({ current }) => current).toSorted()).toEqual([false, true])
  await tab.endSession(sessions.find(({ current }) => !current)?.id ?? '')
  await expect(other.me()).rejects.toMatchObject({ code: 'token_invalid' })
  expect(await tab.sessions()).toHaveLength(1)
  await expect(tab.endSession(crypto.randomUUID())).rejects.toMatchObject({ code: 'not_found' })
})

it('tells what happened to the account, page by page', async () => {
  const { events, next_cursor } = await tab.activity({ limit: 2 })
  expect(events.map(({ event }) => event)).toEqual(['session_opened', 'session_opened'])
  const rest = await tab.activity({ cursor: next_cursor ?? '' })
  expect(rest.events.map(({ event }) => event)).toEqual(['user_created'])
  expect(rest.next_cursor).toBeNull()
  expect((await tab.activity()).events).toEqual([...events, ...rest.events])
  await expect(tab.activity({ limit: 0 })).rejects.toMatchObject({ code: 'validation_failed' })
})

it('ends all sessions but this one, then this one too', async () => {
  await tab.logoutAll({ keep_current: true })
  await expect(other.me()).rejects.toMatchObject({ code: 'token_invalid' })
  await tab.me()
  await tab.logoutAll()
  expect(browser.storage.getItem(browser.key)).toBeNull()
})

it('changes the password; the body of a request arrives whole after a refresh', async () => {
  t.advance(61)
  const change = { current_password: PASSWORD, new_password: 'another fine battery' }
  await tab.changePassword(change)
  expect(browser.count('/auth/refresh')).toBe(1)
  expect(browser.count('/auth/password')).toBe(2)
  await expect(other.me()).rejects.toMatchObject({ status: 401 })
  expect(await other.accessToken()).toBeUndefined()
  await tab.me()
})

it('takes a wrong current password for no end of the session', async () => {
  const change = { current_password: 'not this one', new_password: 'another fine battery' }
  await expect(tab.changePassword(change)).rejects.toMatchObject({ code: 'invalid_credentials' })
  expect(browser.count('/auth/refresh')).toBe(0)
  await tab.me()
})

it('sends the access token to the service and trusted origins alone', async () => {
  const seen: [string, boolean][] = []
  const client = browser.tab({
    trustedOrigins: ['https://api.example.org'],
    fetch: async ({ url, headers }) => {
      seen.push([new URL(url).host, headers.has('authorization')])
      return new Response()
    },
  })
  await client.fetch('/auth/me')
  await client.fetch('https://api.example.org/things', { method: 'POST', body: '{}' })
  await client.fetch('https://elsewhere.example.org/')
  await client.fetch(new Request('http://api.example.org/'))
  expect(seen.map(([, hasToken]) => hasToken)).toEqual([true, true, false, false])
})
