import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { AuthClient } from '../../client/index.ts'
import { PASSWORD, type Person, type TestApp } from '../support/app.ts'
import { uniqueName } from '../support/names.ts'
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
beforeEach(async () => {
  browser = createBrowser(t)
  tab = browser.tab()
  person = await t.signup()
  await tab.login({ username_or_email: person.email, password: PASSWORD })
})

it('changes what is given, and leaves the rest', async () => {
  const before = await tab.me()
  const changed = await tab.updateProfile({ display_name: 'Ada', user_data: { theme: 'dark' } })
  expect(changed).toEqual({ ...before, display_name: 'Ada', user_data: { theme: 'dark' } })
  expect(await tab.updateProfile({ display_name: null })).toEqual({
    ...changed,
    display_name: null,
  })
  expect(await tab.me()).toEqual({ ...changed, display_name: null })
})

it('changes only what nobody changed since, if it is asked to', async () => {
  const seen = await tab.me()
  const other = browser.tab()
  const first = await other.updateProfile({ locale: 'de' }, { ifUnchanged: await other.me() })
  await expect(tab.updateProfile({ locale: 'fr' }, { ifUnchanged: seen })).rejects.toMatchObject({
    code: 'precondition_failed',
    status: 412,
  })
  expect((await tab.me()).locale).toBe('de')
  // What a change gave may be changed next.
  const second = await other.updateProfile({ locale: 'en' }, { ifUnchanged: first })
  expect(second.locale).toBe('en')
})

it('sends nothing for a user of which it knows no version', async () => {
  const copy = { ...(await tab.me()) }
  const sent = browser.sent.length
  for (const ifUnchanged of [copy, structuredClone(copy)]) {
    await expect(tab.updateProfile({ locale: 'de' }, { ifUnchanged })).rejects.toThrow(TypeError)
  }
  expect(browser.sent).toHaveLength(sent)
  expect((await tab.me()).locale).toBeNull()
})

it('knows a version whose tag a proxy has made a weak one', async () => {
  const client = browser.tab({
    fetch: async (request: Request) => {
      const answer = await t.app.request(request)
      const headers = new Headers(answer.headers)
      const tag = headers.get('etag')
      if (tag) headers.set('etag', `W/${tag}`)
      return new Response(answer.body, { status: answer.status, headers })
    },
  })
  const user = await client.me()
  expect((await client.updateProfile({ locale: 'de' }, { ifUnchanged: user })).locale).toBe('de')
  await expect(client.updateProfile({ locale: 'fr' }, { ifUnchanged: user })).rejects.toMatchObject(
    { code: 'precondition_failed' },
  )
})

it('throws what the service refuses, and says where', async () => {
  const { username } = await t.signup()
  await expect(tab.updateProfile({ username })).rejects.toMatchObject({
    code: 'already_taken',
    errors: [{ pointer: '/username' }],
  })
  await expect(tab.updateProfile({})).rejects.toMatchObject({ code: 'validation_failed' })
})

it('has a new username in tokens from the next refresh on, and is sent whole after one', async () => {
  const username = uniqueName()
  t.advance(61)
  expect((await tab.updateProfile({ username })).username).toBe(username)
  expect(browser.count('/auth/refresh')).toBe(1)
  browser.pass(61)
  expect(decodeJwt((await tab.accessToken()) ?? '').username).toBe(username)
})
