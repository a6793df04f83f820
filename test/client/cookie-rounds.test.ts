import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'
import { BY_COOKIE, createCookieBrowser } from './cookie-support.ts'

const ROUNDS = 200
const TABS = 20

let t: TestApp
beforeAll(async () => {
  // No cookie of before works for a moment longer.
  t = await createTestApp({ env: { ...BY_COOKIE, REFRESH_GRACE_SECONDS: '0' } })
})
afterAll(() => t.close())

it(`${TABS} tabs with one cookie lose no log-in over ${ROUNDS} rounds`, async () => {
  const browser = createCookieBrowser(t)
  const person = await t.signup()
  const { username, password } = person
  const tabs = Array.from({ length: TABS }, () => browser.tab())
  const tabAt = (at: number) => tabs[at % TABS] as (typeof tabs)[number]
  const login = (at: number) => tabAt(at).login({ username_or_email: username, password })
  await login(0)

  for (let round = 0; round < ROUNDS; round++) {
    const some = [0, 4, 8, 12, 16].map((at) => tabAt(round + at))
    const [names, tokens] = await Promise.all([
      Promise.all(some.map(async (tab) => [(await tab.me()).username, (await tab.me()).username])),
      Promise.all(tabs.map((tab) => tab.accessToken())),
      tabAt(round).reauth({ password }),
      tabAt(round + 7).reauth({ password }),
    ])
    expect(new Set(names.flat())).toEqual(new Set([username]))
    expect(tokens.filter((token) => token === undefined)).toEqual([])
    expect(tabs.filter((tab) => !tab.isLoggedIn())).toEqual([])

    const leaving = tabAt(round + 1).logout()
    const coming = login(round + 2)
    await Promise.all([leaving, coming])
    expect(tabs.filter((tab) => !tab.isLoggedIn())).toEqual([])
  }
  expect(await tabAt(0).sessions()).toHaveLength(1)
  for (const tab of tabs) tab.close()
})
