import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Service, startService } from '../support/service.ts'
import { launchChromium } from './chromium.ts'
import { logIn, openDocs, PASSWORD, toggle, tryOut } from './docs-page.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser?.close())

let service: Service
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service?.stop())

describe('who is logged in on the docs page', () => {
  it('signs up, is authorised by a token of elsewhere, and reads the user by "Try it out"', async () => {
    const { page, complaints } = await openDocs(browser, service.base)
    const person = { username: 'ada', email: 'ada@example.org', password: PASSWORD }
    expect(await tryOut(page, 'signup', person)).toMatchObject({ status: 201 })
    const login = await fetch(`${service.base}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username_or_email: 'ada', password: PASSWORD }),
    })
    const { access_token: token } = await login.json()

    await page.locator('.auth-wrapper button.authorize').first().click()
    const scheme = page.locator('.auth-container').filter({ hasText: 'access_token' })
    await scheme.locator('input').fill(token)
    await scheme.locator('button.authorize').click()
    await page.locator('button.btn-done').first().click()

    const me = await tryOut(page, 'me')
    expect(me.status).toBe(200)
    expect(JSON.parse(me.body)).toMatchObject({ username: 'ada', email: 'ada@example.org' })
    expect(complaints).toEqual([])
    await page.context().close()
  })

  /** Somebody new who logged in by the page's form. */
  async function openLoggedIn() {
    const { page } = await openDocs(browser, service.base)
    const name = `p${crypto.randomUUID().slice(0, 8)}`
    const person = { username: name, email: `${name}@example.org`, password: PASSWORD }
    expect(await tryOut(page, 'signup', person)).toMatchObject({ status: 201 })
    await logIn(page, name, PASSWORD)
    await expect.poll(() => page.locator('#logged-in b').textContent()).toBe(name)
    const kept = async () =>
      JSON.parse(String(await page.evaluate('Object.values(sessionStorage)[0] ?? null')))
    const { access_token } = await kept()
    const asUser = (path: string) =>
      fetch(service.base + path, { headers: { authorization: `Bearer ${access_token}` } })
    expect((await asUser('/auth/me')).status).toBe(200)
    return { page, kept, asUser }
  }

  /** The page asks for a log-in again, and has kept nothing of the former. */
  async function expectLoggedOut(page: Page): Promise<void> {
    await expect.poll(() => page.locator('#log-in').isVisible()).toBe(true)
    expect(await page.evaluate('Object.keys(sessionStorage)')).toEqual([])
  }

  it.each([
    ['here and at the service', async () => undefined],
    [
      'though its access token has expired',
      async (page: Page) => {
        await page.evaluate(`for (const [key, kept] of Object.entries(sessionStorage))
          sessionStorage.setItem(key, JSON.stringify({ ...JSON.parse(kept), access_token: 'old' }))`)
        await page.reload()
        await page.locator('.opblock').first().waitFor()
      },
    ],
  ])('logs out by its button, %s', async (_, prepare) => {
    const { page, asUser } = await openLoggedIn()
    await prepare(page)
    await page.locator('#logged-in button').click()
    await expectLoggedOut(page)
    await expect.poll(async () => (await asUser('/auth/me')).status).toBe(401)
    expect(await page.locator('#log-in [role=alert]').textContent()).toBe('')
    expect((await tryOut(page, 'me')).status).toBe(401)
    await page.context().close()
  })

  it('notices when an operation has ended its own session, and when not', async () => {
    const { page, kept } = await openLoggedIn()
    const before = await kept()
    expect((await tryOut(page, 'logoutAll', { keep_current: true })).status).toBe(204)
    await expect.poll(async () => (await kept())?.refresh_token).not.toBe(before.refresh_token)
    expect(await page.locator('#logged-in').isVisible()).toBe(true)
    expect((await tryOut(page, 'me')).status).toBe(200)
    expect((await tryOut(page, 'logoutAll', {})).status).toBe(204)
    await expectLoggedOut(page)
    await page.context().close()

    const { page: other, asUser } = await openLoggedIn()
    const { sessions } = await (await asUser('/auth/sessions')).json()
    await toggle(other.locator('.opblock[id$="-revokeSession"]'))
    const id = other.locator('.opblock[id$="-revokeSession"] tr[data-param-name="id"] input')
    await id.fill(sessions[0].id)
    expect((await tryOut(other, 'revokeSession')).status).toBe(204)
    await expectLoggedOut(other)
    await other.context().close()
  })

  it('refreshes at half of a token’s life, but never faster than every 15 seconds', async () => {
    const { page, kept } = await openLoggedIn()
    const cases = [
      { expires_in: null, wait: 15_000 },
      { expires_in: 20, wait: 15_000 },
      { expires_in: 3600, wait: 1_800_000 },
    ]
    let answers = 0
    await page.route('**/auth/refresh', async (route) => {
      const response = await route.fetch()
      const { expires_in } = cases[answers++] ?? { expires_in: 3600 }
      await route.fulfill({ response, json: { ...(await response.json()), expires_in } })
    })
    await page.clock.install()
    await page.clock.pauseAt(Date.now() + 60_000)
    await page.evaluate(`{
      const send = fetch
      window.askedAt = []
      window.fetch = (path, options) => {
        if (path === 'auth/refresh') askedAt.push(Date.now())
        return send(path, options)
      }
    }`)
    const askedAt = () => page.evaluate<number[]>('askedAt')
    let { refresh_token } = await kept()
    const takeAnswer = async () => {
      await expect.poll(async () => (await kept()).refresh_token).not.toBe(refresh_token)
      refresh_token = (await kept()).refresh_token
    }
    // The first is asked for now; its answer sets the timer for the next.
    await page.evaluate(`void docsPage.follow({ ok: true, status: 204, url: '/auth/logout-all' })`)
    for (const [at, { wait }] of cases.entries()) {
      await takeAnswer()
      await page.clock.runFor(wait)
      const times = await askedAt()
      expect(times).toHaveLength(at + 2)
      expect((times[at + 1] ?? 0) - (times[at] ?? 0)).toBe(wait)
    }
    await takeAnswer()
    await page.context().close()
  })
})
