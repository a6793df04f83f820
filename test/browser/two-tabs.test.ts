import { decodeJwt } from 'jose'
import type { Browser, Page as Tab } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import type { Page } from './page/main.ts'
import { type Stage, startStage } from './two-tabs-stage.ts'

declare const page: Page

const ROUNDS = 50
let stage: Stage
let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
  stage = await startStage()
})
afterAll(async () => {
  await browser?.close()
  await stage?.stop()
})

/** Two tabs of one profile, logged in by the first. */
async function openTabs(settings: Record<string, string> = {}) {
  const context = await browser.newContext()
  const query = new URLSearchParams({ api: stage.api, ...settings })
  const refreshes: number[] = []
  context.on('response', (response) => {
    const { pathname } = new URL(response.url())
    if (pathname === '/auth/refresh') refreshes.push(response.status())
  })
  const tabs: [Tab, Tab] = [await context.newPage(), await context.newPage()]
  for (const tab of tabs) await tab.goto(`${stage.site}/?${query}`)

  const username = `tabs-${crypto.randomUUID().slice(0, 8)}`
  await tabs[0].evaluate(async (username) => {
    const password = 'correct horse battery staple'
    await page.auth.signup({ username, email: `${username}@example.org`, password })
    await page.auth.login({ username_or_email: username, password })
  }, username)
  await tabs[1].waitForFunction(() => page.refreshToken() !== undefined)
  return { context, tabs, username, refreshes }
}

/** Both tabs find the access token expired and refresh at one instant. */
async function refreshTogether(tabs: readonly [Tab, Tab]) {
  await tabs[0].evaluate(() => page.expire())
  await tabs[1].waitForFunction(() => page.isExpired())
  const instant = Date.now() + 60
  return Promise.all(tabs.map((tab) => tab.evaluate((at) => page.refreshAt(at), instant)))
}

const reuses = () => stage.log().filter(({ outcome }) => outcome === 'refresh_token_reused')

describe('two tabs that refresh at the same instant', () => {
  it.each([
    // A busy browser may spread what a tab stored later than the other waits, which then asks for the same successor.
    ['with Web Locks', {}, 1.2 * ROUNDS],
    ['without', { locks: 'off' }, 2 * ROUNDS],
  ])(
    `stay logged in for ${ROUNDS} rounds, one successor each, %s`,
    async (_, settings, maxRequests) => {
      const { context, tabs, username, refreshes } = await openTabs(settings)
      const successors = new Set<string>()
      for (let round = 1; round <= ROUNDS; round++) {
        const [a, b] = await refreshTogether(tabs)
        expect(a).toMatchObject({ username, wasExpired: true })
        expect(b).toEqual(a)
        successors.add(a?.access ?? '')
        expect(decodeJwt(a?.access ?? '').gen).toBe(round)
      }
      expect(successors.size).toBe(ROUNDS)
      for (const tab of tabs) {
        expect(await tab.evaluate(() => page.loggedOut())).toBe(0)
        expect(await tab.evaluate(() => page.auth.sessions())).toHaveLength(1)
      }
      expect(new Set(refreshes)).toEqual(new Set([200]))
      expect(refreshes.length).toBeGreaterThanOrEqual(ROUNDS)
      expect(refreshes.length).toBeLessThanOrEqual(maxRequests)
      await expect
        .poll(() => stage.log().filter(({ route }) => route === '/auth/refresh').length)
        .toBeGreaterThanOrEqual(refreshes.length)
      expect(reuses()).toEqual([])
      await context.close()
    },
  )
})

it('a lost answer is asked for again, with the same token', async () => {
  const { context, tabs, username, refreshes } = await openTabs()
  const sent: (string | undefined)[] = []
  await context.route('**/auth/refresh', async (route) => {
    sent.push(route.request().headers().authorization)
    if (sent.length > 1) return route.continue()
    await route.fetch()
    await route.abort()
  })
  const [a, b] = await refreshTogether(tabs)
  expect(a).toMatchObject({ username })
  expect(b).toEqual(a)
  expect(sent).toHaveLength(2)
  expect(sent[1]).toBe(sent[0])
  expect(refreshes).toEqual([200])
  expect(decodeJwt(a?.access ?? '').gen).toBe(1)
  expect(reuses()).toEqual([])
  await context.close()
})

it('a thief with an old token ends the session in both tabs', async () => {
  const { context, tabs } = await openTabs()
  const stolen = await tabs[0].evaluate(() => page.refreshToken())
  await refreshTogether(tabs)
  await refreshTogether(tabs)
  const headers = { authorization: `Bearer ${stolen}` }
  const theft = await fetch(`${stage.api}/auth/refresh`, { method: 'POST', headers })
  expect(theft.status).toBe(401)
  await expect.poll(() => reuses().length).toBe(1)

  const refusal = await tabs[0].evaluate(() => page.auth.me().catch(({ code }) => code))
  expect(refusal).toBe('token_invalid')
  for (const tab of tabs) {
    await tab.waitForFunction(() => page.loggedOut() === 1)
    expect(await tab.evaluate(() => page.refreshToken())).toBeUndefined()
  }
  await context.close()
})
