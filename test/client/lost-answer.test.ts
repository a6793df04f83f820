import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type AuthClient, NetworkError } from '../../client/index.ts'
import type { TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'
import { busy, createBrowser, loseAnswer, offline } from './support.ts'

const REFRESH = '/auth/refresh'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp({ env: { ACCESS_TOKEN_EXPIRE_MINUTES: '1' } })
})
afterAll(() => t.close())

let browser: ReturnType<typeof createBrowser>
let tab: AuthClient
beforeEach(async () => {
  browser = createBrowser(t)
  tab = browser.tab()
  const { username, password } = await t.signup()
  await tab.login({ username_or_email: username, password })
})

const generation = () => {
  const { refresh_token } = JSON.parse(browser.storage.getItem(browser.key) ?? '{}')
  return decodeJwt(refresh_token).gen
}
const refreshTokensSent = () =>
  browser.sent
    .filter(({ url }) => url.endsWith(REFRESH))
    .map(({ headers }) => headers.get('authorization'))

it('asks again with the same token when the answer is lost, and forks nothing', async () => {
  browser.pass(61)
  browser.faults.push(loseAnswer, loseAnswer)
  await tab.me()
  expect(refreshTokensSent()).toHaveLength(3)
  expect(new Set(refreshTokensSent()).size).toBe(1)
  expect(generation()).toBe(1)
  expect(t.log).not.toContainEqual(expect.objectContaining({ outcome: 'refresh_token_reused' }))
})

it('takes an answer that breaks off for a lost one', async () => {
  browser.pass(61)
  browser.faults.push(async (request, pass) => {
    await pass(request)
    return new Response('{"access_token":"eyJ', { status: 200 })
  })
  await tab.me()
  expect(generation()).toBe(1)
})

it.each([503, 429])('waits as long as a %i asks for, then asks again', async (status) => {
  browser.pass(61)
  browser.faults.push(busy({ 'retry-after': '2' }, status))
  await tab.me()
  expect(browser.waits).toEqual([2000])
  expect(browser.count(REFRESH)).toBe(2)
})

it('keeps asking for a few seconds, inside the grace of the service, then tells and keeps the tokens', async () => {
  browser.pass(61)
  browser.faults.push(...Array(20).fill(offline))
  await expect(tab.me()).rejects.toBeInstanceOf(NetworkError)
  const waited = browser.waits.reduce((sum, wait) => sum + wait, 0)
  expect(waited).toBeLessThan(8000)
  expect(browser.count(REFRESH)).toBeGreaterThanOrEqual(4)

  browser.faults.length = 0
  await tab.me()
  expect(browser.loggedOut()).toBe(0)
})

it('asks no more often for many callers than for one', async () => {
  browser.pass(61)
  browser.faults.push(...Array(200).fill(offline))
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => tab.me()))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toEqual([])
  expect(browser.count(REFRESH)).toBeLessThan(15)
})

it('does not wait when the server asks for more time than there is', async () => {
  browser.pass(61)
  browser.faults.push(busy({ 'retry-after': '60' }))
  await expect(tab.me()).rejects.toMatchObject({ name: 'AuthError', status: 503 })
  expect(browser.waits).toEqual([])
  await tab.me()
})

it('uses the old token as long as it lasts when it cannot be replaced yet', async () => {
  browser.pass(55)
  browser.faults.push(busy({ 'retry-after': '60' }))
  await tab.me()
  expect(browser.sent.map(({ url }) => new URL(url).pathname).slice(1)).toEqual([
    REFRESH,
    '/auth/me',
  ])
})
