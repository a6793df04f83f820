import type { Browser, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'

export const PASSWORD = 'correct horse battery staple'

/** As text, for it runs in the page, whose types are not those of this file. */
export const REPORT_POLICY_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) =>
  console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI))`

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
export async function openDocs(
  browser: Browser,
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
export async function logIn(page: Page, name: string, password: string): Promise<void> {
  await page.locator('#log-in input[name=username_or_email]').fill(name)
  await page.locator('#log-in input[name=password]').fill(password)
  await page.locator('#log-in button').click()
}

/** Opens or closes an operation. A real click would wait each time until the page has scrolled smoothly to it. */
export async function toggle(block: Locator): Promise<void> {
  await block.locator('.opblock-summary-control').dispatchEvent('click')
}

/** Sends an operation's form, with the body given where it has one, and reads the answer. */
export async function tryOut(page: Page, operation: string, body?: unknown) {
  const block = page.locator(`.opblock[id$="-${operation}"]`)
  if (!(await block.locator('button.execute').isVisible())) {
    await toggle(block)
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
  // The page draws all that is open anew at each change, which takes seconds with twenty of them.
  await toggle(block)
  return { status, body: text ?? '' }
}
