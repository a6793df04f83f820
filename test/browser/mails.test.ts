import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MAILS } from '../../src/core/outbox/mails.ts'
import { EVERY_MAIL, sampleMail, sampleRenderer } from '../support/mails.ts'
import { launchChromium } from './chromium.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser?.close())

/** The longest values that there can be, none of which can be broken at a space. */
const LONGEST = {
  username: 'w'.repeat(32),
  new_email: `${'w'.repeat(64)}@${`${'w'.repeat(60)}.`.repeat(3)}example`,
  passkey: 'w'.repeat(64),
  provider: 'w'.repeat(64),
  ip: '2001:db8:1111:2222:3333:4444:5555:6666',
}

const renderMail = sampleRenderer({ projectName: 'W'.repeat(100) })

/** Every text of a page with its contrast as WCAG counts it, for a script in the page. */
const CONTRASTS = `(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number)
  const isClear = (colour) => channels(colour)[3] === 0
  const luminance = (colour) => channels(colour).slice(0, 3)
    .map((value) => value / 255)
    .map((value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0)
  const behind = (element) => {
    const colour = getComputedStyle(element).backgroundColor
    return isClear(colour) && element.parentElement ? behind(element.parentElement) : colour
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const found = []
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement
    if (!texts.currentNode.data.trim() || !element.checkVisibility()) continue
    const [a, b] = [getComputedStyle(element).color, behind(element)].map(luminance)
    found.push({ text: texts.currentNode.data, contrast: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) })
  }
  return found
})()`

/** What is wider than the page, or reaches out of it. */
const WIDE = `[...document.querySelectorAll('body, body *')]
  .filter((one) => one.checkVisibility())
  .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0
    || one.getBoundingClientRect().right > innerWidth)
  .map((one) => one.outerHTML.slice(0, 200))`

async function withPage(
  options: { width: number; colorScheme: 'light' | 'dark' },
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const { width, colorScheme } = options
  const context = await browser.newContext({ viewport: { width, height: 740 }, colorScheme })
  await use(await context.newPage())
  await context.close()
}

describe.each([
  { width: 360, colorScheme: 'light' },
  { width: 360, colorScheme: 'dark' },
  { width: 800, colorScheme: 'light' },
  { width: 800, colorScheme: 'dark' },
] as const)('mails on $width pixels in the $colorScheme', ({ width, colorScheme }) => {
  it('fit, and can be read', async () => {
    await withPage({ width, colorScheme }, async (page) => {
      for (const { name, language } of EVERY_MAIL) {
        const { html } = await renderMail(sampleMail(name, language, LONGEST))
        await page.setContent(html)
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
        expect(await page.evaluate(WIDE), `${name}.${language}`).toEqual([])
        const texts = await page.evaluate<{ text: string; contrast: number }[]>(CONTRASTS)
        expect(texts.length).toBeGreaterThan(8)
        expect(texts.filter(({ contrast }) => contrast < 4.5)).toEqual([])
        const [red = 0] =
          (await page.evaluate<string>('getComputedStyle(document.body).backgroundColor'))
            .match(/\d+/g)
            ?.map(Number) ?? []
        expect(red < 128).toBe(colorScheme === 'dark')
        const button = page.locator('a.button')
        // A code is typed, and has no link.
        const hasLink = MAILS[name] !== null && MAILS[name] !== 'login_code'
        expect(await button.count()).toBe(hasLink ? 1 : 0)
        if (!hasLink) continue
        // A finger needs 44 pixels.
        expect((await button.boundingBox())?.height).toBeGreaterThan(43)
      }
    })
  })

  it('can be read where the style sheet is dropped', async () => {
    await withPage({ width, colorScheme }, async (page) => {
      for (const { name, language } of EVERY_MAIL) {
        const { html } = await renderMail(sampleMail(name, language, LONGEST))
        await page.setContent(html.replace(/<style>.*<\/style>/s, ''))
        expect(await page.evaluate(WIDE), `${name}.${language}`).toEqual([])
        const texts = await page.evaluate<{ contrast: number }[]>(CONTRASTS)
        expect(texts.filter(({ contrast }) => contrast < 4.5)).toEqual([])
      }
    })
  })
})

it('a mail of hostile values is text and asks nobody for anything', async () => {
  const value = `<img src="//a.example/x" onerror="document.title='run'"></strong><script>document.title='run'</script>`
  await withPage({ width: 360, colorScheme: 'light' }, async (page) => {
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    for (const { name, language } of EVERY_MAIL) {
      const hostile = sampleRenderer({ projectName: value })
      const { html, subject } = await hostile(
        sampleMail(name, language, { username: value, passkey: value, provider: value }),
      )
      await page.setContent(html)
      expect(await page.title()).toBe(subject)
      expect(await page.locator('img, script, [onerror]').count()).toBe(0)
      expect(await page.locator('body').textContent()).toContain('<img src="//a.example/x" onerror')
    }
    expect(asked).toEqual([])
  })
})
