import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createAuthClient } from '../../client/index.ts'
import type { TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'
import { BY_COOKIE, createCookieBrowser } from './cookie-support.ts'
import { createBrowser } from './support.ts'

let t: TestApp
let globals: string[]
let folder: string
/** The same client once more, as a page has it that two packages bring. */
let createOther: typeof createAuthClient
beforeAll(async () => {
  t = await createTestApp({ env: { ...BY_COOKIE, ACCESS_TOKEN_EXPIRE_MINUTES: '1' } })
  globals = Object.getOwnPropertyNames(globalThis)
  folder = mkdtempSync(join(tmpdir(), 'edge-auth-other-'))
  const outfile = join(folder, 'other.mjs')
  await build({ entryPoints: ['client/index.ts'], bundle: true, format: 'esm', outfile })
  createOther = (await import(outfile)).createAuthClient
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await t.close()
})

it('two versions in one page share a log-in, and refresh it once', async () => {
  const browser = createBrowser(t)
  const { username, password } = await t.signup()
  const one = browser.tab()
  const two = browser.tabOf(createOther)
  expect(createOther).not.toBe(createAuthClient)
  await one.login({ username_or_email: username, password })
  expect(two.isLoggedIn()).toBe(true)
  browser.pass(61)
  const users = await Promise.all(
    [one, two].flatMap((tab) => Array.from({ length: 5 }, () => tab.me())),
  )
  expect(new Set(users.map((user) => user.username))).toEqual(new Set([username]))
  expect(browser.count('/auth/refresh')).toBe(1)
  await two.logout()
  expect([one.isLoggedIn(), two.isLoggedIn()]).toEqual([false, false])
})

it('two versions in one page share a cookie', async () => {
  const browser = createCookieBrowser(t)
  const { username, password } = await t.signup()
  const one = browser.tab()
  const two = browser.tabOf(createOther)
  await one.login({ username_or_email: username, password })
  await Promise.all([one.reauth({ password }), two.me(), two.reauth({ password }), one.me()])
  expect((await two.me()).username).toBe(username)
  await two.logout()
  expect([one.isLoggedIn(), two.isLoggedIn()]).toEqual([false, false])
  expect(browser.jar.size).toBe(0)
})

it('a client by tokens and one by cookie know nothing of each other', async () => {
  const browser = createCookieBrowser(t)
  const { username, password } = await t.signup()
  const byCookie = browser.tab()
  const byTokens = browser.tab({ credentials: 'bearer' })
  await byCookie.login({ username_or_email: username, password })
  expect(byTokens.isLoggedIn()).toBe(false)
  await byTokens.login({ username_or_email: username, password })
  await byCookie.logout()
  expect((await byTokens.me()).username).toBe(username)
})

it('a client leaves nothing in the page’s global scope', () => {
  expect(Object.getOwnPropertyNames(globalThis).filter((name) => !globals.includes(name))).toEqual(
    [],
  )
})
