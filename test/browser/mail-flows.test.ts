import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPrefixProxy } from '../support/prefix-proxy.ts'
import { type Service, startService } from '../support/service.ts'
import { launchChromium } from './chromium.ts'
import { PASSWORD, REPORT_POLICY_VIOLATIONS } from './docs-page.ts'

const NEW_PASSWORD = 'another horse, another battery'

let browser: Browser
let service: Service
beforeAll(async () => {
  browser = await launchChromium()
  service = await startService()
})
afterAll(async () => {
  await browser?.close()
  await service?.stop()
})

type Person = { username: string; email: string; password: string }

const post = (path: string, body: unknown, token?: string) =>
  fetch(service.base + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })

async function signUp(): Promise<Person> {
  const username = `p${crypto.randomUUID().slice(0, 8)}`
  const person = { username, email: `${username}@example.org`, password: PASSWORD }
  expect((await post('/auth/signup', person)).status).toBe(201)
  return person
}

async function logIn({ username, password }: Person) {
  const answer = await post('/auth/login', { username_or_email: username, password })
  return { status: answer.status, token: (await answer.json()).access_token as string }
}

const me = (token: string) =>
  fetch(`${service.base}/auth/me`, { headers: { authorization: `Bearer ${token}` } })

async function isVerified(person: Person): Promise<boolean> {
  return (await (await me((await logIn(person)).token)).json()).email_verified
}

/** A profile of its own, with no storage of another. Everything the browser complains about is kept. */
async function profile(options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ locale: 'en-GB', ...options })
  const complaints: string[] = []
  const page = await context.newPage()
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.addInitScript({ content: REPORT_POLICY_VIOLATIONS })
  return { page, complaints, close: () => context.close() }
}

/** Reloads the list, as a person does, until the mail is there, and opens it. */
async function openMail(page: Page, { email }: Person, subject: RegExp): Promise<void> {
  await page.goto(`${service.base}/dev/mail?to=${email}`)
  const mail = page.getByRole('link', { name: subject })
  await expect
    .poll(async () => {
      await page.getByRole('link', { name: 'Reload' }).click()
      return mail.count()
    })
    .toBe(1)
  await mail.click()
}

/** The button of the mail, in the frame that shows it. */
const mailButton = (page: Page, name: RegExp) =>
  page.frameLocator('iframe').getByRole('link', { name }).first()

describe.each([true, false])('in Chromium, with scripts: %s', (javaScriptEnabled) => {
  it('sign up, mail, button in the mail, button on the page: verified', async () => {
    const person = await signUp()
    expect(await isVerified(person)).toBe(false)
    const { page, complaints, close } = await profile({ javaScriptEnabled })
    await openMail(page, person, /confirm your email/)
    await mailButton(page, /Confirm email/).click()
    await page.waitForURL('**/verify-email?token=*')
    await page.getByRole('heading', { name: 'Confirm your email address' }).waitFor()
    // As often as scanners like.
    for (let times = 0; times < 3; times++) await page.reload()
    expect(await isVerified(person)).toBe(false)

    await page.getByRole('button', { name: 'Confirm email address' }).click()
    await page.getByRole('heading', { name: 'Your address is confirmed' }).waitFor()
    expect(page.url()).toBe(`${service.base}/verify-email`)
    expect(await isVerified(person)).toBe(true)

    await page.goBack()
    await page.getByRole('button').click()
    await page.getByRole('heading', { name: 'This link does not work any more' }).waitFor()
    expect(complaints).toEqual([expect.stringContaining('400')])
    await close()
  })

  it('forgot, mail, reset in another profile: old sessions end at once, the new password works', async () => {
    const person = await signUp()
    const old = [await logIn(person), await logIn(person)]
    expect((await post('/auth/password/forgot', { email: person.email })).status).toBe(202)
    const mailer = await profile({ javaScriptEnabled })
    await openMail(mailer.page, person, /choose a new password/)
    const link = await mailButton(mailer.page, /Choose a new password/).getAttribute('href')
    await mailer.close()

    const { page, complaints, close } = await profile({ javaScriptEnabled })
    await page.goto(link ?? '')
    await page.reload()
    for (const { token } of old) expect((await me(token)).status).toBe(200)
    const field = page.getByLabel('New password')
    // Stays in the browser, which knows the least length too.
    await field.fill('short')
    await page.getByRole('button').click()
    expect(await page.locator('input:invalid').count()).toBe(1)
    expect(complaints).toEqual([])
    await field.fill('password123')
    await field.press('Enter')
    await page.getByText('one of those that are tried first').waitFor()
    expect(await field.getAttribute('aria-invalid')).toBe('true')
    expect(await field.inputValue()).toBe('')
    for (const { token } of old) expect((await me(token)).status).toBe(200)

    await field.fill(NEW_PASSWORD)
    await field.press('Enter')
    await page.getByRole('heading', { name: 'Your password was changed' }).waitFor()
    for (const { token } of old) expect((await me(token)).status).toBe(401)
    expect((await logIn(person)).status).toBe(401)
    const { status, token } = await logIn({ ...person, password: NEW_PASSWORD })
    expect([status, (await me(token)).status]).toEqual([200, 200])
    expect(complaints).toEqual([expect.stringContaining('422')])
    await close()
  })

  it('another email, confirmed from there, undone from the old one', async () => {
    const person = await signUp()
    const { token } = await logIn(person)
    // Of an address that nobody had verified the password goes with the change.
    const verifying = await profile({ javaScriptEnabled })
    await openMail(verifying.page, person, /confirm your email/)
    await mailButton(verifying.page, /Confirm email/).click()
    await verifying.page.getByRole('button', { name: 'Confirm email address' }).click()
    await verifying.page.getByRole('heading', { name: 'Your address is confirmed' }).waitFor()
    await verifying.close()
    const other = { ...person, email: `new-${person.email}` }
    const change = { new_email: other.email, current_password: person.password }
    expect((await post('/auth/email', change, token)).status).toBe(202)
    const { page, complaints, close } = await profile({ javaScriptEnabled })
    await openMail(page, other, /confirm your new email/)
    await mailButton(page, /Confirm new address/).click()
    await page.getByRole('button', { name: 'Confirm new address' }).click()
    await page.getByRole('heading', { name: 'Your new address is confirmed' }).waitFor()
    expect((await (await me(token)).json()).email).toBe(other.email)

    await openMail(page, person, /email address was changed/)
    await mailButton(page, /Undo the change/).click()
    await page.getByRole('button', { name: 'Undo the change' }).click()
    await page.getByRole('heading', { name: 'The change was undone' }).waitFor()
    expect((await me(token)).status).toBe(401)
    expect((await (await me((await logIn(person)).token)).json()).email).toBe(person.email)
    // The page promises a mail with which to choose a new password.
    await openMail(page, person, /choose a new password/)
    expect(complaints).toEqual([])
    await close()
  })
})

describe('the pages', () => {
  it('work behind a proxy that takes a path prefix away', async () => {
    const person = await signUp()
    const { page, complaints, close } = await profile()
    await openMail(page, person, /confirm your email/)
    const link = await page.getByRole('link', { name: /verify-email/ }).getAttribute('href')
    const proxy = await startPrefixProxy(service.base, '/some/where')
    await page.goto(`${proxy.base}/some/where/verify-email${new URL(link ?? '').search}`)
    await page.getByRole('button').click()
    await page.getByRole('heading', { name: 'Your address is confirmed' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/some/where/verify-email')
    expect(await isVerified(person)).toBe(true)
    expect(complaints).toEqual([])
    await proxy.stop()
    await close()
  })

  it('cannot be framed or posted to by another site', async () => {
    const person = await signUp()
    const { page, close } = await profile()
    await openMail(page, person, /confirm your email/)
    const link = (await page.getByRole('link', { name: /verify-email/ }).getAttribute('href')) ?? ''
    const token = new URL(link).searchParams.get('token')
    await page.route('http://attacker.localhost/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<iframe src="${link}"></iframe><form method="post" action="${service.base}/verify-email">
          <input name="token" value="${token}"><button>Win a prize</button></form>`,
      }),
    )
    await page.goto('http://attacker.localhost/')
    await expect.poll(() => page.frames()[1]?.url()).toBe('chrome-error://chromewebdata/')
    expect(await page.frameLocator('iframe').getByRole('button').count()).toBe(0)
    await page.getByRole('button', { name: 'Win a prize' }).click()
    await page.getByRole('heading', { name: 'The form came from another site' }).waitFor()
    expect(await isVerified(person)).toBe(false)
    await close()
  })

  it.each([
    ['light', 360],
    ['dark', 360],
    ['light', 1280],
    ['dark', 1280],
  ] as const)('fit the screen: %s, %i pixels wide', async (colorScheme, width) => {
    const person = await signUp()
    await post('/auth/password/forgot', { email: person.email })
    const { page, complaints, close } = await profile({
      colorScheme,
      viewport: { width, height: 740 },
      locale: 'de-DE',
    })
    const fits = async () => {
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      const background = await page.evaluate('getComputedStyle(document.body).backgroundColor')
      expect(background).toBe(colorScheme === 'dark' ? 'rgb(20, 24, 29)' : 'rgb(245, 247, 249)')
    }
    await openMail(page, person, /choose a new password/)
    await fits()
    const frame = page.frames()[1]
    expect(await frame?.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    await page.getByRole('link', { name: 'All mails' }).click()
    await fits()
    await page
      .getByRole('link', { name: /choose a new password/ })
      .first()
      .click()
    await page.getByRole('link', { name: /reset-password/ }).click()
    await page.getByRole('heading', { name: 'Neues Passwort wählen' }).waitFor()
    await fits()
    // It can be used by the keyboard alone: the field has the focus, and the button follows.
    expect(await page.evaluate('document.activeElement.name')).toBe('new_password')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.tagName')).toBe('BUTTON')
    expect(complaints).toEqual([])
    await close()
  })
})
