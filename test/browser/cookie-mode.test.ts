import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Browser, BrowserContext, Page as Tab } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import type { Page } from './page/main.ts'
import { type Stage, startStageWith } from './two-tabs-stage.ts'

declare const page: Page
declare const hydrationErrors: string[]
declare const rendered: string

const TABS = 6
const ROUNDS = 10

let stage: Stage
let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
  stage = await startStageWith(async ({ site, api }) => ({ COOKIE_ORIGINS: site, PUBLIC_URL: api }))
})
afterAll(async () => {
  await browser?.close()
  await stage?.stop()
})

let context: BrowserContext
let tabs: [Tab, Tab, ...Tab[]]
let username: string
/** What went to the service, as path and the header of a token. */
let sent: { path: string; authorization: string | undefined }[]
beforeEach(async () => {
  context = await browser.newContext()
  sent = []
  context.on('request', (request) => {
    const { authorization } = request.headers()
    const { origin, pathname: path } = new URL(request.url())
    if (origin === stage.api) sent.push({ path, authorization })
  })
  tabs = [await open(), await open()]
  username = `cookie-${crypto.randomUUID().slice(0, 8)}`
  await tabs[0].evaluate(async (username) => {
    const password = 'correct horse battery staple'
    await page.auth.signup({ username, email: `${username}@example.org`, password })
  }, username)
})
afterEach(() => context.close())

async function open(): Promise<Tab> {
  const tab = await context.newPage()
  await tab.goto(`${stage.site}/?api=${stage.api}&credentials=cookie`)
  return tab
}

const login = (tab: Tab) =>
  tab.evaluate(async (username) => {
    const password = 'correct horse battery staple'
    await page.auth.login({ username_or_email: username, password })
  }, username)
const isLoggedIn = (tab: Tab) => tab.evaluate(() => page.auth.isLoggedIn())

it('no script can read what carries the session', async () => {
  const [tab] = tabs
  await login(tab)
  expect((await tab.evaluate(() => page.auth.me())).username).toBe(username)
  await tab.evaluate(() => page.auth.accessToken())

  const [cookie] = await context.cookies(stage.api)
  expect(cookie).toMatchObject({
    name: 'ea_session',
    httpOnly: true,
    sameSite: 'Strict',
    path: '/',
  })
  expect(cookie?.value).toMatch(/^eyJ/)
  const found = await tab.evaluate(() => page.readable())
  expect(found).toMatchObject({ cookies: '', session: '{}', databases: [] })
  expect(found.local).not.toMatch(/eyJ|token/)
  expect(sent.filter(({ authorization }) => authorization !== undefined)).toEqual([])
})

it('a log-in and a log-out are told in every tab, and a reload keeps a log-in', async () => {
  const [a, b] = tabs
  await login(a)
  await expect.poll(() => b.evaluate(() => page.told())).toEqual([true])
  expect((await b.evaluate(() => page.auth.me())).username).toBe(username)
  await b.reload()
  await expect.poll(() => isLoggedIn(b)).toBe(true)

  await b.evaluate(() => page.auth.logout())
  await expect.poll(() => a.evaluate(() => page.told())).toEqual([true, false])
  expect(await a.evaluate(() => page.loggedOut())).toBe(1)
  expect(await context.cookies(stage.api)).toEqual([])
  await a.reload()
  await expect.poll(() => a.evaluate(() => page.auth.getUser())).toBeNull()
  expect(await a.evaluate(() => localStorage.length)).toBe(0)
})

it(`${TABS} tabs lose no log-in over ${ROUNDS} rounds`, async () => {
  while (tabs.length < TABS) tabs.push(await open())
  await login(tabs[0])
  const everyTab = (work: (tab: Tab) => Promise<unknown>) => Promise.all(tabs.map(work))
  for (let round = 0; round < ROUNDS; round++) {
    const tabAt = (at: number) => tabs[(round + at) % TABS] as Tab
    await everyTab((tab) => expect.poll(() => isLoggedIn(tab)).toBe(true))
    const stepUp = tabAt(0).evaluate(() =>
      page.auth.reauth({ password: 'correct horse battery staple' }),
    )
    const used = everyTab(async (tab) => {
      const outcome = await tab.evaluate(async () => ({
        token: typeof (await page.auth.accessToken()),
        username: (await page.auth.me()).username,
      }))
      expect(outcome).toEqual({ token: 'string', username })
    })
    await Promise.all([stepUp, used])
    await Promise.all([tabAt(1).evaluate(() => page.auth.logout()), login(tabAt(1))])
  }
  await everyTab((tab) => expect.poll(() => isLoggedIn(tab)).toBe(true))
  expect(await tabs[0].evaluate(() => page.auth.sessions())).toHaveLength(1)
})

describe('the hooks of React, in StrictMode', () => {
  it('take over what a server rendered, and follow the user in every tab', async () => {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('page/react.ts', import.meta.url))],
      ...{ bundle: true, write: false, format: 'iife' },
    })
    const [a, b] = tabs
    await login(a)
    const complaints: string[] = []
    for (const tab of [a, b]) {
      tab.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      await tab.addScriptTag({ content: outputFiles[0]?.text ?? '' })
      expect(await tab.evaluate(() => rendered)).toBe('One moment')
      await tab.locator('main', { hasText: `Log out ${username}` }).waitFor()
    }
    await b.locator('main button').click()
    for (const tab of [a, b]) {
      await tab.locator('main', { hasText: 'Nobody' }).waitFor()
      expect(await tab.evaluate(() => hydrationErrors)).toEqual([])
    }
    await login(a)
    await b.locator('main', { hasText: `Log out ${username}` }).waitFor()
    expect(complaints).toEqual([])
  })
})
