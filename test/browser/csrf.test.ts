import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import { type CsrfStage, RESOLVE, startCsrfStage } from './csrf-stage.ts'
import type { Asked, Filled, Hostile } from './hostile-page.ts'

declare const hostile: Hostile

const PASSWORD = 'correct horse battery staple'
const MALLORY = 'mallory'
const COOKIE = '__Host-Http-ea_session'

let stage: CsrfStage
let browser: Browser
beforeAll(async () => {
  ;[browser, stage] = await Promise.all([launchChromium([RESOLVE]), startCsrfStage()])
  await signUp(MALLORY)
})
afterAll(async () => {
  await browser?.close()
  await stage?.stop()
})

async function signUp(username: string): Promise<void> {
  const email = `${username}@example.org`
  const answer = await stage.service.post('/auth/signup', { username, email, password: PASSWORD })
  expect(answer.status).toBe(201)
}

/** Asks the service as a page of COOKIE_ORIGINS does, from whichever page this is. */
function ask(page: Page, { path, method = 'POST', body }: Asked) {
  return page.evaluate(
    async ({ url, method, body }) => {
      const answer = await fetch(url, {
        method,
        credentials: 'include',
        headers: { 'X-Edge-Auth': '1', ...(body && { 'Content-Type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      return {
        status: answer.status,
        setCookie: answer.headers.get('set-cookie'),
        body: text ? JSON.parse(text) : undefined,
      }
    },
    { url: stage.auth + path, method, body },
  )
}

/** A browser of somebody who is logged in by the app's page. */
async function loggedIn() {
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  await context.addInitScript(stage.script)
  const username = `v${crypto.randomUUID().slice(0, 8)}`
  await signUp(username)
  const page = await context.newPage()
  await page.goto(stage.app)
  const body = { username_or_email: username, password: PASSWORD, transport: 'cookie' }
  const answer = await ask(page, { path: '/auth/login', body })
  expect(answer).toMatchObject({ status: 200, setCookie: null })
  return { context, page, username }
}

const cookies = async (context: BrowserContext) =>
  (await context.cookies(stage.auth)).map(({ name, value }) => `${name}=${value}`)

describe('the page of an app', () => {
  it('has its people logged in by a cookie that no script sees', async () => {
    const { context, page, username } = await loggedIn()
    const [cookie, ...others] = await context.cookies(stage.auth)
    expect(others).toEqual([])
    expect(cookie).toMatchObject({
      ...{ name: COOKIE, domain: 'auth.example.test', path: '/' },
      ...{ httpOnly: true, secure: true, sameSite: 'Strict' },
    })
    const { body, setCookie } = await ask(page, { path: '/auth/session/token' })
    expect(Object.keys(body).sort()).toEqual(['access_token', 'expires_in', 'token_type'])
    expect(setCookie).toBe(null)
    expect(await ask(page, { path: '/auth/me', method: 'GET' })).toMatchObject({
      status: 200,
      body: { username },
    })
    const named = { path: '/auth/me', method: 'PATCH', body: { display_name: 'Ada' } }
    expect(await ask(page, named)).toMatchObject({ status: 200, body: { display_name: 'Ada' } })

    const seen = () => page.evaluate(() => hostile.cookiesSeen())
    expect(await seen()).toEqual(['', 0])
    // On the service's own pages, too, to which the browser sends it.
    await page.goto(`${stage.auth}/account`)
    expect(page.url()).toBe(`${stage.auth}/account`)
    expect(await seen()).toEqual(['', 0])
    // Nor can a script take its place.
    const planted = `${COOKIE}=x; Path=/; Secure; Max-Age=100`
    await page.evaluate((cookie) => hostile.plant(cookie), planted)
    expect(await context.cookies(stage.auth)).toEqual([cookie])
    await page.goto(stage.app)
    expect(await ask(page, { path: '/auth/logout' })).toMatchObject({ status: 204 })
    expect(await cookies(context)).toEqual([])
    await context.close()
  })
})

/** What a page of somebody else tries: paths that change something, each with what would do so. */
const TARGETS: Asked[] = [
  { path: '/auth/session/token' },
  { path: '/auth/logout' },
  { path: '/auth/logout-all', body: {} },
  { path: '/auth/me', method: 'PATCH', body: { display_name: 'Mallory' } },
  { path: '/auth/me', method: 'DELETE', body: { current_password: PASSWORD } },
  {
    path: '/auth/password',
    body: { current_password: PASSWORD, new_password: 'another good staple' },
  },
  { path: '/auth/reauth', body: { password: PASSWORD } },
  {
    path: '/auth/login',
    body: { username_or_email: MALLORY, password: PASSWORD, transport: 'cookie' },
  },
  { path: '/auth/me', method: 'GET' },
]

/** Forms of the pages, as a page of somebody else fills them: each would do something. */
const FORMS: Filled[] = [
  { path: '/account', fields: { form: 'profile', display_name: 'Mallory' } },
  { path: '/account/totp', fields: { form: 'start' } },
  { path: '/account/sessions', fields: { form: 'end_others' } },
  {
    path: '/account/password',
    fields: {
      ...{ form: 'password', current_password: PASSWORD },
      new_password: 'another battery, another staple',
    },
  },
  {
    path: '/login',
    fields: { form: 'password', username_or_email: MALLORY, password: PASSWORD },
  },
  {
    path: '/signup',
    fields: {
      ...{ form: 'signup', username: 'forged', email: 'forged@example.org' },
      password: PASSWORD,
    },
  },
  { path: '/account/delete', fields: { form: 'delete', current_password: PASSWORD } },
  { path: '/logout', fields: { form: 'logout' } },
  // The API's own, by names that a form can have.
  { path: '/auth/logout', fields: {} },
  { path: '/auth/session/token', fields: {} },
  {
    path: '/auth/login',
    fields: { '{"username_or_email":"mallory","transport":"cookie","x":"': '"}' },
  },
]
const isPage = ({ path }: { path: string }) => !path.startsWith('/auth/')
const ENCODINGS = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']

describe('a page of somebody else', () => {
  let victim: Awaited<ReturnType<typeof loggedIn>>
  let before: { rows: string; cookies: string[] }
  beforeAll(async () => {
    victim = await loggedIn()
  })
  afterAll(() => victim?.context.close())
  beforeEach(async () => {
    before = { rows: await stage.rows(), cookies: await cookies(victim.context) }
    stage.arrived.length = 0
  })

  async function expectNothingChanged() {
    expect(await cookies(victim.context)).toEqual(before.cookies)
    expect(await stage.rows()).toBe(before.rows)
    const { status, body } = await ask(victim.page, { path: '/auth/me', method: 'GET' })
    expect([status, body.username, body.display_name]).toEqual([200, victim.username, null])
  }

  const all = () => ({ auth: stage.auth, targets: TARGETS, forms: FORMS, encodings: ENCODINGS })
  const NEAR_AND_FAR = ['of another site', 'of a sibling subdomain'] as const
  const SITES = [...NEAR_AND_FAR, 'of another port'] as const

  it.each(SITES)('%s changes nothing and reads nothing, by fetch and by forms', async (site) => {
    const origin = stage.hostile[site]
    const page = await victim.context.newPage()
    await page.goto(origin)
    expect(await page.evaluate((all) => hostile.attack(all), all())).toEqual([])
    // They did arrive, and with the cookie where the browser alone would not have kept it back.
    const posts = stage.arrived.filter(({ method }) => method === 'POST')
    expect(posts.length).toBeGreaterThan(FORMS.length * ENCODINGS.length)
    expect(posts.every(({ status }) => status >= 400)).toBe(true)
    expect(new Set(posts.filter(isPage).map(({ status }) => status))).toEqual(new Set([403]))
    expect(posts.some(({ hasCookie }) => hasCookie)).toBe(site !== 'of another site')
    expect(new Set(posts.map((post) => post.origin))).toEqual(new Set([origin]))
    for (const { path } of FORMS) {
      expect(posts.filter((post) => post.path === path).length).toBeGreaterThanOrEqual(3)
    }
    await page.close()
    await expectNothingChanged()
  })

  it.each([
    ['a sandboxed frame', { srcdoc: '<body></body>', sandbox: 'allow-scripts allow-forms' }],
    ['a data: address', { src: 'data:text/html,<body></body>' }],
  ])('of no origin, in %s, changes nothing and reads nothing', async (_, attributes) => {
    const page = await victim.context.newPage()
    await page.goto(stage.hostile['of a sibling subdomain'])
    await page.evaluate((attributes) => hostile.frame(attributes), attributes)
    const [, frame] = page.frames()
    expect(await frame?.evaluate((all) => hostile.attack(all), all())).toEqual([])
    const posts = stage.arrived.filter(({ method }) => method === 'POST')
    expect(posts.length).toBeGreaterThan(FORMS.length * ENCODINGS.length)
    expect(posts.every(({ status }) => status >= 400)).toBe(true)
    expect(new Set(posts.map(({ origin }) => origin))).toEqual(new Set(['null']))
    await page.close()
    await expectNothingChanged()
  })

  it.each(NEAR_AND_FAR)(
    '%s leads there by a form and by links, and changes nothing',
    async (site) => {
      const page = await victim.context.newPage()
      for (const { path, fields } of FORMS.filter(isPage)) {
        await page.goto(stage.hostile[site])
        await Promise.all([
          page.waitForNavigation(),
          page.evaluate((form) => hostile.submit(form), { action: stage.auth + path, fields }),
        ])
      }
      const posts = stage.arrived.filter(({ method }) => method === 'POST')
      expect(posts.map(({ status }) => status)).toEqual(posts.map(() => 403))
      const GETS = [
        '/auth/me',
        '/auth/session/token',
        '/auth/logout',
        '/logout',
        '/account',
        '/login',
      ]
      await page.close()
      for (const path of GETS) {
        const link = await victim.context.newPage()
        await link.goto(stage.hostile[site])
        await link.evaluate((url) => hostile.goTo(url), stage.auth + path)
        await expect
          .poll(() => stage.arrived.some((one) => one.method === 'GET' && one.path === path))
          .toBe(true)
        await link.close()
      }
      await expectNothingChanged()
    },
  )

  it.each(NEAR_AND_FAR)('%s shows none of the pages in a frame', async (site) => {
    const page = await victim.context.newPage()
    await page.goto(stage.hostile[site])
    for (const path of ['/login', '/logout', '/account', '/account/delete', '/auth/me', '/docs']) {
      await page.evaluate((src) => hostile.frame({ src }), stage.auth + path)
      await expect
        .poll(() => page.frames()[1]?.url(), { message: path })
        .toBe('chrome-error://chromewebdata/')
    }
    await page.close()
    await expectNothingChanged()
  })
})
