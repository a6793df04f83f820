import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { DOCS_ASSETS } from '../../src/utils/docs-assets.ts'
import { startPrefixProxy } from '../support/prefix-proxy.ts'
import { startService } from '../support/service.ts'
import { startStage } from './two-tabs-stage.ts'

const PICTURE = 'docs/docs.png'
const PASSWORD = 'correct horse battery staple'
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** As text, for it runs in the page, whose types are not those of this file. */
const REPORT_POLICY_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) =>
  console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI))`

let browser: Browser
beforeAll(async () => {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
  browser = await chromium.launch({ executablePath, args: ARGUMENTS })
})
afterAll(() => browser?.close())

/** A script that nobody allowed, put into the page as an injection would. */
const INJECT = `document.body.append(
  Object.assign(document.createElement('script'), { textContent: 'window.injected = true' }))`

type Opening = {
  prefix?: string
  path?: string
  viewport?: { width: number; height: number }
  colorScheme?: 'light' | 'dark'
}

/**
 * The page in a browser that reaches this service alone, and everything the browser complains about. A prefix is what a
 * proxy in front of the service takes away.
 */
async function openDocs(
  base: string,
  { prefix = '', path = '/docs', ...look }: Opening = {},
): Promise<{ page: Page; complaints: string[]; asked: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...look })
  const complaints: string[] = []
  const asked: string[] = []
  await context.route('**/*', async (route) => {
    const { origin, href, pathname } = new URL(route.request().url())
    asked.push(pathname)
    if (href.startsWith(`${base}${prefix}/`)) return route.continue()
    if (origin === base) complaints.push(`asked outside the prefix for ${href}`)
    else complaints.push(`asked for ${href}`)
    return route.abort()
  })
  const page = await context.newPage()
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.addInitScript({ content: REPORT_POLICY_VIOLATIONS })
  const answer = await page.goto(`${base}${prefix}${path}`)
  expect(answer?.status()).toBe(200)
  await page.locator('.opblock').first().waitFor()
  return { page, complaints, asked }
}

/** Fills the page's own form and sends it. */
async function logIn(page: Page, name: string, password: string): Promise<void> {
  await page.locator('#log-in input[name=username_or_email]').fill(name)
  await page.locator('#log-in input[name=password]').fill(password)
  await page.locator('#log-in button').click()
}

/** Sends an operation's form, with the body given where it has one, and reads the answer. */
async function tryOut(page: Page, operation: string, body?: unknown) {
  const block = page.locator(`.opblock[id$="-${operation}"]`)
  if (!(await block.locator('button.execute').isVisible())) {
    await block.locator('.opblock-summary-control').click()
  }
  if (body !== undefined) {
    await block.locator('textarea.body-param__text').fill(JSON.stringify(body))
  }
  await block.locator('button.execute').click()
  const answer = block.locator('.live-responses-table .response')
  const status = Number.parseInt(
    (await answer.locator('.response-col_status').textContent()) ?? '',
    10,
  )
  const text = await answer.locator('.response-col_description pre').first().textContent()
  return { status, body: text ?? '' }
}

type Started = { base: string; stop: () => Promise<void> }

const onNode = async (): Promise<Started> => startService()
const onWorkers = async (): Promise<Started> => {
  const { api, stop } = await startStage()
  return { base: api, stop }
}

describe.each([
  ['Node', onNode],
  ['workerd', onWorkers],
])('/docs on %s, in a real browser', (runtime, start) => {
  let service: Started
  beforeAll(async () => {
    service = await start()
  })
  afterAll(() => service?.stop())

  it('shows every operation, from here alone and within its policy', async () => {
    const { page, complaints } = await openDocs(service.base)
    const document = await (await fetch(`${service.base}/openapi.json`)).json()
    const operations = Object.values(document.paths as Record<string, object>).flatMap((path) =>
      Object.keys(path),
    )
    expect(await page.locator('.opblock').count()).toBe(operations.length)
    expect(await page.title()).toBe('Edge Auth')
    const version = await page.locator('.info .version').first().textContent()
    expect(version?.trim()).toBe(manifest.version)
    if (process.env.UPDATE_SCREENSHOT && runtime === 'Node') {
      await page.screenshot({ path: PICTURE, fullPage: true })
    }
    expect(complaints).toEqual([])
    await page.context().close()
  })
})

describe('/docs, whichever runtime serves it', () => {
  let service: Started
  beforeAll(async () => {
    service = await onNode()
  })
  afterAll(() => service?.stop())

  it('needs nothing outside a path prefix that a proxy puts in front', async () => {
    const prefix = '/some/where'
    const proxy = await startPrefixProxy(service.base, prefix)
    const { page, complaints, asked } = await openDocs(proxy.base, { prefix, path: '/docs/' })
    await expect
      .poll(() => asked.toSorted())
      .toEqual(
        [
          '/docs/',
          '/docs/swagger-ui-dist/docs-page.css',
          '/docs/swagger-ui-dist/docs-page.js',
          '/docs/swagger-ui-dist/favicon-32x32.png',
          '/docs/swagger-ui-dist/swagger-ui-bundle.js',
          '/docs/swagger-ui-dist/swagger-ui.css',
          '/openapi.json',
        ].map((path) => `/some/where${path}`),
      )
    expect(new URL(page.url()).pathname).toBe('/some/where/docs')
    expect((await tryOut(page, 'health')).status).toBe(200)
    const name = `p${crypto.randomUUID().slice(0, 8)}`
    const person = { username: name, email: `${name}@example.org`, password: PASSWORD }
    expect((await tryOut(page, 'signup', person)).status).toBe(201)
    await logIn(page, name, PASSWORD)
    await expect.poll(() => page.locator('#logged-in b').textContent()).toBe(name)
    expect((await tryOut(page, 'me')).status).toBe(200)
    expect(complaints).toEqual([])
    await page.context().close()
    await proxy.stop()
  })

  it('lets no script run but its own', async () => {
    const { page, complaints } = await openDocs(service.base)
    await page.evaluate(INJECT)
    expect(await page.evaluate('window.injected')).toBeUndefined()
    await expect.poll(() => complaints).toContainEqual('policy: script-src-elem inline')
    await page.context().close()
  })

  it('signs up, is authorised by a token of elsewhere, and reads the user by "Try it out"', async () => {
    const { page, complaints } = await openDocs(service.base)
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
    const { page } = await openDocs(service.base)
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
    await other.locator('.opblock[id$="-revokeSession"] .opblock-summary-control').click()
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
    await page.evaluate(`void docsPage.follow({ ok: true, url: '/auth/logout-all' })`)
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

  it('is dark where the system is, and light where it is not', async () => {
    for (const [colorScheme, isDark] of [
      ['dark', true],
      ['light', false],
    ] as const) {
      const { page, complaints } = await openDocs(service.base, { colorScheme })
      const colours = await page.evaluate<string[]>(
        `['body', '.swagger-ui', '#log-in'].map((one) =>
          getComputedStyle(document.querySelector(one)).backgroundColor)`,
      )
      const sums = colours.map((colour) =>
        (colour.match(/\d+/g) ?? []).slice(0, 3).reduce((sum, part) => sum + Number(part), 0),
      )
      for (const [at, sum] of sums.entries()) {
        // Swagger UI paints nothing behind itself in the light.
        if (at === 1 && !isDark) continue
        expect(sum < 200, `${colours}`).toBe(isDark)
      }
      expect(complaints).toEqual([])
      await page.context().close()
    }
  })

  it('fits a phone, and so does its dialog', async () => {
    const { page } = await openDocs(service.base, { viewport: { width: 390, height: 844 } })
    const sideways = `(() => [document.documentElement, ...document.querySelectorAll('.modal-ux, .modal-ux-content')]
      .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.getBoundingClientRect().right > innerWidth)
      .map((one) => one.className))()`
    expect(await page.evaluate(sideways)).toEqual([])
    for (const operation of ['me', 'revokeSession']) {
      expect((await tryOut(page, operation)).status).toBe(401)
      expect(await page.evaluate(sideways)).toEqual([])
    }
    await page.locator('.auth-wrapper button.authorize').first().click()
    await page.locator('.modal-ux').waitFor()
    const dialog = await page.locator('.modal-ux').boundingBox()
    expect(dialog?.x).toBeGreaterThan(8)
    expect((dialog?.x ?? 0) + (dialog?.width ?? 999)).toBeLessThan(382)
    const input = await page.locator('.modal-ux input').first().boundingBox()
    expect(input?.width).toBeGreaterThan(250)
    expect(await page.evaluate(sideways)).toEqual([])
    await page.context().close()
  })

  it.each(['light', 'dark'] as const)(
    'is led to by a page at / that fits a phone: %s',
    async (colorScheme) => {
      const context = await browser.newContext({
        viewport: { width: 360, height: 740 },
        colorScheme,
      })
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('console', (message) => complaints.push(message.text()))
      await page.addInitScript({ content: REPORT_POLICY_VIOLATIONS })
      await page.goto(`${service.base}/`)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
      const background = await page.evaluate('getComputedStyle(document.body).backgroundColor')
      expect(background).toBe(colorScheme === 'dark' ? 'rgb(20, 24, 29)' : 'rgb(245, 247, 249)')
      await page.locator('nav a').first().click()
      await page.locator('.opblock').first().waitFor()
      expect(new URL(page.url()).pathname).toBe('/docs')
      expect(complaints).toEqual([])
      await context.close()
    },
  )
})

describe('/docs on workerd, as a newcomer uses it', () => {
  let service: Started
  beforeAll(async () => {
    service = await onWorkers()
  })
  afterAll(() => service?.stop())

  it('signs up, logs in by its form, keeps that over a reload, and every example works', async () => {
    const { page, complaints } = await openDocs(service.base)
    const operations = await page.locator('.opblock').evaluateAll((blocks) =>
      // biome-ignore lint/suspicious/noExplicitAny: an element of the page, whose types are not those of this file.
      blocks.map((block: any) => String(block.id.split('-').at(-1))),
    )
    const [signup = '', ...others] = operations
    expect(signup).toBe('signup')
    expect(await tryOut(page, signup)).toMatchObject({ status: 201 })

    await logIn(page, 'grace@example.org', 'not that one')
    const alert = page.locator('#log-in [role=alert]')
    await expect.poll(() => alert.textContent()).toBe('Wrong username or password.')
    await logIn(page, 'grace@example.org', PASSWORD)
    const name = page.locator('#logged-in b')
    await expect.poll(() => name.textContent()).toBe('grace.hopper')
    expect(await page.locator('#log-in').isVisible()).toBe(false)
    expect((await tryOut(page, 'me')).status).toBe(200)

    await page.reload()
    await page.locator('.opblock').first().waitFor()
    expect(await name.textContent()).toBe('grace.hopper')
    expect(await page.evaluate('Object.keys(localStorage)')).toEqual([])
    const answers: [string, number][] = []
    for (const operation of others)
      answers.push([operation, (await tryOut(page, operation)).status])
    expect(answers.filter(([, status]) => !(status >= 200 && status < 300))).toEqual([])
    expect(answers.map(([operation]) => operation)).toEqual(
      expect.arrayContaining([
        'login',
        'refresh',
        'me',
        'revokeSession',
        'changePassword',
        'logout',
      ]),
    )

    // The last of these logged out, so that the page asks again.
    await expect.poll(() => page.locator('#log-in').isVisible()).toBe(true)
    expect(await page.evaluate('Object.keys(sessionStorage)')).toEqual([])
    // The browser itself reports the wrong password.
    expect(complaints.filter((text) => !text.includes('status of 401'))).toEqual([])
    await page.context().close()
  })
})

describe('DOCS=off on workerd', () => {
  let service: Started
  beforeAll(async () => {
    const { api, stop } = await startStage({ DOCS: 'off' })
    service = { base: api, stop }
  })
  afterAll(() => service?.stop())

  it('hides the page, the document and the files among the assets', async () => {
    const names = Object.keys(DOCS_ASSETS)
    const paths = ['/docs', '/docs/', '/openapi.json', ...names.map((name) => `/docs/${name}`)]
    for (const path of [...paths, ...names.map((name) => `/docs/swagger-ui-dist/${name}`)]) {
      const answer = await fetch(service.base + path)
      expect([path, answer.status]).toEqual([path, 404])
      expect(await answer.json()).toMatchObject({ code: 'not_found' })
    }
    expect((await fetch(`${service.base}/health`)).status).toBe(200)
  })
})
