import type { Browser, Page as Tab } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import type { Page } from './page/main.ts'
import { type Stage, startStage } from './two-tabs-stage.ts'

declare const page: Page

let stage: Stage
let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
  const mailbox = { MAIL_PROVIDER: 'mailbox', PUBLIC_URL: 'http://localhost:8787' }
  stage = await startStage(mailbox)
})
afterAll(async () => {
  await browser?.close()
  await stage?.stop()
})

let tabs: [Tab, Tab]
let username: string
beforeEach(async () => {
  const context = await browser.newContext()
  tabs = [await context.newPage(), await context.newPage()]
  for (const tab of tabs) await tab.goto(`${stage.site}/?api=${stage.api}`)
  username = `client-${crypto.randomUUID().slice(0, 8)}`
  await tabs[0].evaluate(async (username) => {
    const password = 'correct horse battery staple'
    await page.auth.signup({ username, email: `${username}@example.org`, password })
  }, username)
})
afterEach(() => tabs[0].context().close())

const login = (tab: Tab) =>
  tab.evaluate(async (username) => {
    const password = 'correct horse battery staple'
    await page.auth.login({ username_or_email: username, password })
  }, username)

/** Waits until the tab's listener was told this, and nothing else. */
async function expectTold(tab: Tab, ...expected: boolean[]): Promise<void> {
  await expect.poll(() => tab.evaluate(() => page.told())).toEqual(expected)
}

async function expectRefreshed(tab: Tab, before: string | undefined): Promise<void> {
  await expect.poll(() => tab.evaluate(() => page.accessToken())).not.toBe(before)
  expect((await tab.evaluate(() => page.auth.me())).username).toBe(username)
}

/** 401 once the session has ended. */
async function statusOf(token: string | undefined): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(`${stage.api}/auth/me`, { headers })).status
}

/** The token of the last mail to this user, once it is in the mailbox of development. */
async function mailedToken(subject: string): Promise<string> {
  let token: string | undefined
  await expect
    .poll(async () => {
      const answer = await fetch(`${stage.api}/dev/mail?to=${username}@example.org`)
      const { mails } = (await answer.json()) as { mails: { subject: string; links: string[] }[] }
      const [link = ''] = mails.find((mail) => mail.subject.includes(subject))?.links ?? []
      token = /token=([\w.-]+)$/.exec(link)?.[1]
      return token
    })
    .toBeDefined()
  return token ?? ''
}

describe('every tab', () => {
  it('is logged out by the link of a mail that sets a new password; its token leaves the address', async () => {
    const [a, b] = tabs
    await login(a)
    await expectTold(b, true)
    await a.evaluate((email) => page.auth.forgotPassword(email), `${username}@example.org`)
    const mailed = await mailedToken('new password')
    const linked = await a.context().newPage()
    await linked.goto(`${stage.site}/?api=${stage.api}#token=${mailed}`)
    const token = await linked.evaluate(() => page.tokenOfLink())
    expect(token).toBe(mailed)
    expect(linked.url()).toBe(`${stage.site}/?api=${stage.api}`)
    expect(await linked.evaluate(() => page.tokenOfLink())).toBeUndefined()

    await linked.evaluate(
      (token) => page.auth.resetPassword({ token, new_password: 'another fine battery' }),
      mailed,
    )
    expect(await linked.evaluate(() => page.auth.isLoggedIn())).toBe(false)
    for (const tab of tabs) await expectTold(tab, true, false)
  })

  it('is told of a log-in and of a log-out in another', async () => {
    const [a, b] = tabs
    await login(a)
    await expectTold(b, true)
    expect(await b.evaluate(() => page.auth.isLoggedIn())).toBe(true)

    await b.evaluate(() => page.expire())
    await b.evaluate(() => page.auth.me())
    await b.evaluate(() => page.auth.logout())
    for (const tab of tabs) await expectTold(tab, true, false)
    expect(await a.evaluate(() => page.auth.isLoggedIn())).toBe(false)
    expect(await a.evaluate(() => page.loggedOut())).toBe(1)
    expect(await b.evaluate(() => page.loggedOut())).toBe(0)
  })

  it('is told when somebody clears the storage', async () => {
    const [a, b] = tabs
    await login(a)
    await expectTold(b, true)
    await a.evaluate(() => localStorage.clear())
    await expectTold(b, true, false)
  })
})

describe('an idle tab refreshes', () => {
  it('by its timer', async () => {
    const [a, b] = tabs
    await login(a)
    await expectTold(b, true)
    await a.evaluate(() => page.auth.close())
    const before = await a.evaluate(() => page.accessToken())
    await a.evaluate(() => page.age(14))
    await expectRefreshed(b, before)
    await expectTold(b, true)
  })

  it.each(['focus', 'pageshow', 'visibilitychange'])('on %s', async (type) => {
    const [tab] = tabs
    await login(tab)
    const before = await tab.evaluate(() => page.accessToken())
    await tab.evaluate(() => page.age(60))
    expect(await tab.evaluate(() => page.accessToken())).toBe(before)
    const target = type === 'visibilitychange' ? 'document' : 'window'
    await tab.evaluate(`${target}.dispatchEvent(new Event('${type}', { bubbles: true }))`)
    await expectRefreshed(tab, before)
  })

  it('when the network is back, and not before', async () => {
    const [tab] = tabs
    await login(tab)
    const before = await tab.evaluate(() => page.accessToken())
    await tab.context().setOffline(true)
    await tab.evaluate(() => page.age(60))
    const requests: string[] = []
    tab.on('request', (request) => requests.push(request.url()))
    expect(await tab.evaluate(() => page.auth.accessToken())).toBe(before)
    expect(requests).toEqual([])
    await tab.context().setOffline(false)
    await expectRefreshed(tab, before)
    await expectTold(tab, true)
  })
})

it('a redirect is the caller’s who wants it', async () => {
  const answer = await tabs[0].evaluate(async () => {
    const { type, status } = await page.auth.fetch('docs/', { redirect: 'manual' })
    return { type, status }
  })
  expect(answer).toEqual({ type: 'opaqueredirect', status: 0 })
})

describe('a log-out without a network', () => {
  it('is told to the service when it is back', async () => {
    const [a, b] = tabs
    await login(a)
    await expectTold(b, true)
    const token = await a.evaluate(() => page.accessToken())
    await a.context().setOffline(true)
    await a.evaluate(() => page.auth.logout())
    for (const tab of tabs) await expectTold(tab, true, false)
    expect(await statusOf(token)).toBe(200)

    await a.context().setOffline(false)
    await expect.poll(() => statusOf(token)).toBe(401)
    await expect.poll(() => a.evaluate(() => localStorage.length)).toBe(0)
  })

  it('is told after a reload', async () => {
    const [a, b] = tabs
    await b.evaluate(() => page.auth.close())
    await login(a)
    const token = await a.evaluate(() => page.accessToken())
    await a.route('**/auth/logout', (route) => route.abort())
    await a.evaluate(() => page.auth.logout())
    expect(await statusOf(token)).toBe(200)

    await a.unroute('**/auth/logout')
    await a.reload()
    await expect.poll(() => statusOf(token)).toBe(401)
    expect(await a.evaluate(() => page.auth.isLoggedIn())).toBe(false)
  })
})

it('fifty clients that are closed leave no listener', async () => {
  const [tab] = tabs
  const devtools = await tab.context().newCDPSession(tab)
  const listeners = async () => {
    const { result } = await devtools.send('Runtime.evaluate', { expression: 'window' })
    const found = await devtools.send('DOMDebugger.getEventListeners', {
      objectId: result.objectId ?? '',
    })
    return found.listeners.length
  }
  const before = await listeners()
  await tab.evaluate(() => {
    const clients = Array.from({ length: 50 }, () => page.create())
    Object.assign(globalThis, { clients })
  })
  expect(await listeners()).toBe(before + 50 * 5)
  await tab.evaluate('for (const client of clients) client.close()')
  expect(await listeners()).toBe(before)
})
