import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPrefixProxy } from '../support/prefix-proxy.ts'
import { type Service, startService } from '../support/service.ts'
import { launchChromium } from './chromium.ts'
import { logIn, openDocs, PASSWORD, REPORT_POLICY_VIOLATIONS, tryOut } from './docs-page.ts'

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

/** A script that nobody allowed, put into the page as an injection would. */
const INJECT = `document.body.append(
  Object.assign(document.createElement('script'), { textContent: 'window.injected = true' }))`

describe('the docs page, wherever it is and however it looks', () => {
  it('needs nothing outside a path prefix that a proxy puts in front', async () => {
    const prefix = '/some/where'
    const proxy = await startPrefixProxy(service.base, prefix)
    const { page, complaints, asked } = await openDocs(browser, proxy.base, {
      prefix,
      path: '/docs/',
    })
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
    const { page, complaints } = await openDocs(browser, service.base)
    await page.evaluate(INJECT)
    expect(await page.evaluate('window.injected')).toBeUndefined()
    await expect.poll(() => complaints).toContainEqual('policy: script-src-elem inline')
    await page.context().close()
  })

  it('is dark where the system is, and light where it is not', async () => {
    for (const [colorScheme, isDark] of [
      ['dark', true],
      ['light', false],
    ] as const) {
      const { page, complaints } = await openDocs(browser, service.base, { colorScheme })
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
    const { page } = await openDocs(browser, service.base, {
      viewport: { width: 390, height: 844 },
    })
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
      await page.getByRole('link', { name: 'Documentation' }).click()
      await page.locator('.opblock').first().waitFor()
      expect(new URL(page.url()).pathname).toBe('/docs')
      expect(complaints).toEqual([])
      await context.close()
    },
  )
})
