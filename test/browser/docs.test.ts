import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
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

/**
 * The page in a browser that reaches this service alone, and everything the browser complains about. A prefix is what a
 * proxy in front of the service would take away.
 */
async function openDocs(
  base: string,
  prefix = '',
): Promise<{ page: Page; complaints: string[]; asked: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 } })
  const complaints: string[] = []
  const asked: string[] = []
  await context.route('**/*', async (route) => {
    const { origin, href, pathname } = new URL(route.request().url())
    asked.push(pathname)
    if (href.startsWith(`${base}${prefix}/`)) {
      if (!prefix) return route.continue()
      return route.fulfill({ response: await route.fetch({ url: href.replace(prefix, '') }) })
    }
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
  const answer = await page.goto(`${base}${prefix}/docs`)
  expect(answer?.status()).toBe(200)
  await page.locator('.opblock').first().waitFor()
  return { page, complaints, asked }
}

/** Sends an operation's form, with the body given where it has one, and reads the answer. */
async function tryOut(page: Page, operation: string, body?: unknown) {
  const block = page.locator(`.opblock[id$="-${operation}"]`)
  await block.locator('.opblock-summary-control').click()
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

  it('needs nothing outside a path prefix that a proxy puts in front', async () => {
    const { page, complaints, asked } = await openDocs(service.base, '/some/where')
    await expect
      .poll(() => asked.toSorted())
      .toEqual(
        [
          '/docs',
          '/docs/swagger-ui-dist/favicon-32x32.png',
          '/docs/swagger-ui-dist/swagger-ui-bundle.js',
          '/docs/swagger-ui-dist/swagger-ui.css',
          '/openapi.json',
        ].map((path) => `/some/where${path}`),
      )
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('lets no script run but its own', async () => {
    const { page, complaints } = await openDocs(service.base)
    await page.evaluate(INJECT)
    expect(await page.evaluate('window.injected')).toBeUndefined()
    await expect.poll(() => complaints).toContainEqual('policy: script-src-elem inline')
    await page.context().close()
  })

  it('signs up, logs in, authorises and reads the user by "Try it out"', async () => {
    const { page, complaints } = await openDocs(service.base)
    const person = { username: 'grace', email: 'grace@example.org', password: PASSWORD }
    expect(await tryOut(page, 'signup', person)).toMatchObject({ status: 201 })
    const login = await tryOut(page, 'login', { username_or_email: 'grace', password: PASSWORD })
    expect(login.status).toBe(200)
    const { access_token: token } = JSON.parse(login.body)

    await page.locator('.auth-wrapper button.authorize').first().click()
    const scheme = page.locator('.auth-container').filter({ hasText: 'access_token' })
    await scheme.locator('input').fill(token)
    await scheme.locator('button.authorize').click()
    await page.locator('button.btn-done').first().click()

    const me = await tryOut(page, 'me')
    expect(me.status).toBe(200)
    expect(JSON.parse(me.body)).toMatchObject({ username: 'grace', email: 'grace@example.org' })
    expect(complaints).toEqual([])
    await page.context().close()
  })
})
