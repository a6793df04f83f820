import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { DOCS_ASSETS } from '../../src/utils/docs-assets.ts'
import { startService } from '../support/service.ts'
import { launchChromium } from './chromium.ts'
import { logIn, openDocs, PASSWORD, tryOut } from './docs-page.ts'
import { startStage } from './two-tabs-stage.ts'

const PICTURE = 'docs/docs.png'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser?.close())

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
    const { page, complaints } = await openDocs(browser, service.base)
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

describe('/docs on workerd, as a newcomer uses it', () => {
  let service: Started
  beforeAll(async () => {
    service = await onWorkers()
  })
  afterAll(() => service?.stop())

  it('signs up, logs in by its form, keeps that over a reload, and every example works', async () => {
    const { page, complaints } = await openDocs(browser, service.base)
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
