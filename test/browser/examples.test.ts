import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Service } from '../support/service.ts'
import { launchChromium } from './chromium.ts'
import { type Example, startExample, startForExamples } from './examples-stage.ts'

// Each example as its README.md says how to start it (examples/spa/README.md and so on). The tests only click and type.

const PASSWORD = 'correct horse battery staple'

let browser: Browser
let service: Service
beforeAll(async () => {
  ;[browser, service] = await Promise.all([launchChromium(), startForExamples()])
})
afterAll(async () => {
  await browser?.close()
  await service?.stop()
})

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const field = (page: Page, name: string) =>
  page.getByLabel(name, { exact: true }).filter({ visible: true })

/** A browser of its own; with an authenticator that has a finger on it. */
async function openBrowser(url: string): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext()
  const page = await context.newPage()
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable', { enableUI: false })
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal' },
      ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
      automaticPresenceSimulation: true,
    },
  })
  await page.goto(url)
  return { context, page }
}

async function signUp(page: Page, username: string): Promise<void> {
  await button(page, 'I am new here').click()
  await field(page, 'Username').fill(username)
  await field(page, 'Email').fill(`${username}@example.org`)
  await field(page, 'Password').fill(PASSWORD)
  await button(page, 'Create account').click()
  await page.getByText(`You are ${username}`).waitFor()
}

/** Follows the link of the newest mail to somebody, in the mailbox of development. */
async function verifyByMail(context: BrowserContext, username: string): Promise<void> {
  const page = await context.newPage()
  const mailbox = `${service.base}/dev/mail?to=${username}@example.org`
  await expect.poll(async () => (await (await fetch(mailbox)).json()).mails.length).toBe(1)
  await page.goto(mailbox)
  await page.locator('main li a').first().click()
  await page.locator('a[href*="/verify-email"]').first().click()
  await page.locator('form button').first().click()
  await page.locator('form button').waitFor({ state: 'detached' })
  await page.close()
}

describe.each(['spa', 'plain-html'])('examples/%s', (name) => {
  let example: Example
  beforeAll(async () => {
    example = await startExample(name, { VITE_AUTH_URL: service.base, AUTH_URL: service.base })
  })
  afterAll(() => example?.stop())

  it('takes somebody from the sign-up to the end of another session', async () => {
    const username = `${name}-${crypto.randomUUID().slice(0, 8)}`
    const { context, page } = await openBrowser(example.url)
    await signUp(page, username)

    await verifyByMail(context, username)
    await button(page, 'I have done so').click()
    await page.getByText('Your email is verified.').waitFor()

    await button(page, 'Add a passkey').click()
    const codes = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')
    await codes.first().waitFor()
    expect(await codes.count()).toBe(10)
    const recoveryCode = (await codes.first().textContent())?.trim() ?? ''

    // What is done in one tab is seen in the others.
    const tab = await context.newPage()
    await tab.goto(example.url)
    await tab.getByText(`You are ${username}`).waitFor()
    await button(page, 'Log out').click()
    await field(page, 'Username or email').waitFor()
    await field(tab, 'Username or email').waitFor()
    await tab.close()

    await button(page, 'Log in by passkey').click()
    await page.getByText(`You are ${username}`).waitFor()

    const elsewhere = await openBrowser(example.url)
    await field(elsewhere.page, 'Username or email').fill(username)
    await field(elsewhere.page, 'Password').fill(PASSWORD)
    await button(elsewhere.page, 'Log in').click()
    await field(elsewhere.page, 'Recovery code').fill(recoveryCode)
    await button(elsewhere.page, 'Use the recovery code').click()
    await elsewhere.page.getByText(`You are ${username}`).waitFor()

    const sessions = page.getByRole('list', { name: 'Sessions' }).getByRole('listitem')
    await button(page, 'Look again').click()
    await expect.poll(() => sessions.count()).toBe(2)
    await button(page, 'End it').click()
    await expect.poll(() => sessions.count()).toBe(1)
    await elsewhere.page.reload()
    await field(elsewhere.page, 'Username or email').waitFor()

    // No script of a page has anything to log in by.
    const kept = await page.evaluate('document.cookie + JSON.stringify({ ...localStorage })')
    expect(kept).not.toMatch(/eyJ|ea_session/)
    await Promise.all([context.close(), elsewhere.context.close()])
  })

  it('says what is wrong, beside the field', async () => {
    const { context, page } = await openBrowser(example.url)
    await button(page, 'I am new here').click()
    await field(page, 'Username').fill('a name with spaces')
    await field(page, 'Email').fill('somebody@example.org')
    await field(page, 'Password').fill('password')
    await button(page, 'Create account').click()
    for (const name of ['Username', 'Password']) {
      await expect.poll(() => field(page, name).getAttribute('aria-invalid')).toBe('true')
    }
    expect(await field(page, 'Email').getAttribute('aria-invalid')).not.toBe('true')
    await button(page, 'I have an account').click()
    await field(page, 'Username or email').fill('nobody-at-all')
    await field(page, 'Password').fill('not the password')
    await button(page, 'Log in').click()
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').textContent()).toBe('Wrong username or password.')
    await context.close()
  })
})
