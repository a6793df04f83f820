import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { totpAt } from '../support/totp.ts'
import { launchChromium } from './chromium.ts'
import {
  caller,
  faultsOf,
  LOOKS,
  type PagesStage,
  type Person,
  profile,
  startPages,
} from './pages-stage.ts'

const NEW_PASSWORD = 'another horse, another battery'
const STEP_MILLISECONDS = 30_000

let browser: Browser
let stage: PagesStage
let api: ReturnType<typeof caller>
beforeAll(async () => {
  browser = await launchChromium()
  stage = await startPages()
  api = caller(stage)
})
afterAll(async () => {
  await browser?.close()
  await stage?.stop()
})

const go = (page: Page, path: string) => page.goto(stage.base + path)
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const follow = (page: Page, name: string) => page.getByRole('link', { name, exact: true }).click()
const heading = (page: Page, name: string) => page.getByRole('heading', { name }).waitFor()
const said = (page: Page, text: string) =>
  page.getByRole('status').filter({ hasText: text }).waitFor()

async function logIn(page: Page, { username, password }: Person) {
  await page.getByLabel('Username or email').fill(username)
  await page.getByLabel('Password').fill(password)
  await press(page, 'Log in')
}

/** Presses what asks first whether one is sure, and then says yes. */
async function sure(page: Page, name: string) {
  await page.locator('summary', { hasText: name }).click()
  await press(page, name)
}

/** Somebody new, who is logged in at the pages. */
async function person(options: BrowserContextOptions = {}) {
  const who = await api.signUp()
  const at = await profile(browser, options)
  await go(at.page, '/login')
  await logIn(at.page, who)
  await at.page.waitForURL(`${stage.base}/account`)
  return { who, ...at }
}

/** Sets up an authenticator app by the pages. Each code works once, so that `code` takes the later step. */
async function setUpApp(page: Page) {
  await go(page, '/account/totp')
  await press(page, 'Go on')
  await page.getByRole('img', { name: /QR code/ }).waitFor()
  const secret = ((await page.locator('code').textContent()) ?? '').replaceAll(' ', '')
  await page
    .getByLabel('Code that the app shows')
    .fill(totpAt(secret, Date.now() - STEP_MILLISECONDS))
  await press(page, 'Confirm')
  await heading(page, 'Keep your recovery codes')
  const codes = await page.locator('ol code').allTextContents()
  expect(codes).toHaveLength(10)
  return { codes, code: () => totpAt(secret, Date.now()) }
}

async function withAuthenticator(context: BrowserContext, page: Page) {
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable', { enableUI: false })
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal' },
      ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
      automaticPresenceSimulation: true,
    },
  })
}

describe.each([true, false])('in Chromium, with scripts: %s', (javaScriptEnabled) => {
  it('change the profile, the email and the password, and delete the account', async () => {
    const { who, page, complaints, close } = await person({ javaScriptEnabled })
    await page.getByLabel('Name (optional)').fill('Grace <b>Hopper</b>')
    await page.getByLabel('Language').fill('no language')
    await press(page, 'Save')
    await page.getByText('Please enter the short form of a language').waitFor()
    expect(await page.getByLabel('Name (optional)').inputValue()).toBe('Grace <b>Hopper</b>')
    await page.getByLabel('Language').fill('en-gb')
    await press(page, 'Save')
    await said(page, 'Your profile was saved.')
    expect(await page.getByLabel('Language').inputValue()).toBe('en-GB')
    await press(page, 'Send the mail to confirm it again')
    await said(page, 'on its way')

    await follow(page, 'Change email')
    const email = `new-${who.email}`
    await page.getByLabel('New email').fill(email)
    await page.getByLabel('Your password').fill('not my password')
    await press(page, 'Send the link')
    await page.getByText('This is not your present password.').waitFor()
    expect(await page.getByLabel('New email').inputValue()).toBe(email)
    await page.getByLabel('Your password').fill(who.password)
    await press(page, 'Send the link')
    await said(page, 'on its way to the new address')
    const { links } = await api.mail({ ...who, email }, /confirm/i)
    await page.goto(links[0] ?? '')
    await press(page, 'Confirm new address')
    await go(page, '/account')
    await page.getByText(`${email} (confirmed)`).waitFor()

    await follow(page, 'Security')
    await follow(page, 'Change password')
    await page.getByLabel('Present password').fill(who.password)
    await page.getByLabel('New password').fill(NEW_PASSWORD)
    await press(page, 'Save password')
    await said(page, 'Your password was changed')

    await follow(page, 'Activity')
    await page.getByText('The password was changed').waitFor()
    await page.getByText('A wrong password was refused').waitFor()

    await follow(page, 'Account')
    await follow(page, 'Delete the account')
    await page.getByLabel('Your password').fill(NEW_PASSWORD)
    await press(page, 'Delete the account for good')
    await heading(page, 'Your account is deleted')
    await go(page, '/account')
    await page.waitForURL(`${stage.base}/login?return_to=%2Faccount`)
    expect(complaints.filter((one) => !/status of 4\d\d/.test(one))).toEqual([])
    await close()
  })

  it('set up an authenticator app, prove it, replace the codes, remove it', async () => {
    const { page, complaints, close } = await person({ javaScriptEnabled })
    await go(page, '/account/totp')
    await press(page, 'Go on')
    await page.getByLabel('Code that the app shows').fill('12345')
    await press(page, 'Confirm')
    await page.getByText('Please enter the six digits').waitFor()
    await press(page, 'Start again')
    const { codes, code } = await setUpApp(page)
    await follow(page, 'I have kept them')
    await page.getByText('10 are left.').waitFor()

    await go(page, '/account/confirm')
    await page.getByLabel('Code of your app').fill(code())
    await press(page, 'Confirm')
    await heading(page, 'Security')
    await go(page, '/account/confirm')
    await page.getByText('No access to your app?').click()
    await page.getByLabel('Recovery code').fill(codes[0] ?? '')
    await page.getByLabel('Recovery code').press('Enter')
    await page.getByText('9 are left.').waitFor()

    await sure(page, 'Make new codes')
    await heading(page, 'Keep your recovery codes')
    expect(await page.locator('ol code').allTextContents()).not.toContain(codes[1])
    await follow(page, 'I have kept them')
    await sure(page, 'Remove the app')
    await said(page, 'The authenticator app was removed.')
    await page.getByRole('link', { name: 'Set up an app' }).waitFor()
    expect(complaints.filter((one) => !/status of 4\d\d/.test(one))).toEqual([])
    await close()
  })

  it('see the devices, end one, and end all others', async () => {
    const { who, page, close } = await person({ javaScriptEnabled })
    const other = await profile(browser, { javaScriptEnabled })
    await go(other.page, '/login')
    await logIn(other.page, who)
    for (let made = 0; made < 2; made++) await api.token(who)
    await follow(page, 'Devices')
    await page.getByText('this device', { exact: true }).waitFor()
    // The one that was opened last comes first.
    const ended = page.getByRole('listitem').first()
    await ended.locator('summary').click()
    await ended.getByRole('button', { name: 'Log out' }).click()
    await said(page, 'That device was logged out.')
    expect(await page.getByRole('listitem').count()).toBe(3)
    await sure(page, 'Log out all other devices')
    await said(page, 'All other devices were logged out.')
    await page.getByText('You are logged in nowhere else.').waitFor()
    await go(other.page, '/account/sessions')
    await other.page.waitForURL(`${stage.base}/login?return_to=%2Faccount%2Fsessions`)
    await logIn(other.page, who)
    await heading(other.page, 'Your devices')
    await other.close()
    await close()
  })

  it('connect an account at a provider, and disconnect it', async () => {
    const { who, page, close } = await person({ javaScriptEnabled })
    /** Goes on where the page's script does it by itself. */
    const goOn = async () => {
      if (!javaScriptEnabled) await press(page, 'Go on')
    }
    await follow(page, 'Security')
    await press(page, 'Connect Test')
    await page.getByLabel('Name').fill(`other-${who.username}`)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('button', { name: 'Allow' }).click()
    await goOn()
    await page.getByText('Please confirm your email address first').waitFor()
    await follow(page, 'Your account')
    const { links } = await api.mail(who, /confirm your email/)
    const token = new URL(links[0] ?? '').searchParams.get('token')
    await api.post('/auth/email/verify', { token })
    await press(page, 'Connect Test')
    // The provider knows by now who it is, and that it may say so.
    await goOn()
    await said(page, 'The account was connected.')
    await page.getByText(`other-${who.username}`).waitFor()
    await sure(page, 'Disconnect')
    await said(page, 'The account was disconnected.')
    await close()
  })
})

describe('who has no password', () => {
  it('proves at the provider who it is, deletes the account by that', async () => {
    const { page, close } = await profile(browser)
    await go(page, '/login')
    await press(page, 'Continue with Test')
    await page.getByLabel('Name').fill(`p${crypto.randomUUID().slice(0, 8)}`)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.waitForURL(`${stage.base}/account`)
    await go(page, '/account/confirm')
    await press(page, 'Confirm at Test')
    // A fresh proof is one of now: the provider asks once more.
    await page.getByRole('button', { name: 'Log in' }).click()
    await heading(page, 'Security')
    await follow(page, 'Account')
    await follow(page, 'Delete the account')
    expect(await page.getByLabel('Your password').count()).toBe(0)
    await press(page, 'Delete the account for good')
    await heading(page, 'Your account is deleted')
    await close()
  })
})

describe('by the keyboard alone', () => {
  it('log out another device, and save the profile', async () => {
    const { who, page, close } = await person()
    await api.token(who)
    /** Presses a key on what has this name, once the focus has come there. */
    const reach = async (name: string, key: string) => {
      const focused = () =>
        page.evaluate('(document.activeElement.labels?.[0] ?? document.activeElement).textContent')
      for (let steps = 0; steps < 30 && (await focused()) !== name; steps++) {
        await page.keyboard.press('Tab')
      }
      expect(await focused()).toBe(name)
      await page.keyboard.press(key)
    }
    await reach('Name (optional)', 'End')
    await page.keyboard.type('Grace')
    await page.keyboard.press('Enter')
    await said(page, 'Your profile was saved.')
    await reach('Devices', 'Enter')
    await heading(page, 'Your devices')
    await reach('Log out', 'Enter')
    await page.keyboard.press('Tab')
    await reach('Log out', 'Space')
    await said(page, 'That device was logged out.')
    await close()
  })
})

describe('passkeys', () => {
  it('are added, renamed, proven and removed', async () => {
    const { page, context, complaints, close } = await person()
    await withAuthenticator(context, page)
    await follow(page, 'Security')
    await follow(page, 'Add a passkey')
    await page.getByLabel('Name').fill('Phone <i>1</i>')
    await press(page, 'Create passkey')
    await heading(page, 'Keep your recovery codes')
    await follow(page, 'I have kept them')
    await page.getByText('Phone <i>1</i>').waitFor()
    await follow(page, 'Manage')
    await page.getByLabel('Name').fill('Old phone')
    await press(page, 'Save name')
    await said(page, 'The passkey has its new name.')
    await page.getByText('Old phone').waitFor()
    await go(page, '/account/confirm')
    await press(page, 'Use a passkey')
    await heading(page, 'Security')
    await follow(page, 'Manage')
    await sure(page, 'Remove this passkey')
    await said(page, 'The passkey was removed.')
    expect(complaints).toEqual([])
    await close()
  })

  it('need the script of the page, which the page says', async () => {
    const { page, close } = await person({ javaScriptEnabled: false })
    await go(page, '/account/passkey/new')
    await page.getByText('has to run the script of this page').waitFor()
    await close()
  })
})

const PATHS = [
  ...['/account', '/account/email', '/account/delete', '/account/security', '/account/password'],
  ...['/account/totp', '/account/passkey/new', '/account/sessions', '/account/activity'],
  '/account/confirm',
]

describe.each(LOOKS)('$locale', ({ locale, looks }) => {
  it('every page is accessible and fits', async () => {
    const who = await api.signUp()
    // The tool is a script of its own, which the policy of the pages refuses.
    const options = { locale, bypassCSP: true }
    const { page, context, close } = await profile(browser, options)
    await withAuthenticator(context, page)
    const faults: string[] = []
    const look = async () => {
      await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
      faults.push(...(await faultsOf(page, looks)))
    }
    await go(page, '/login')
    await page.locator('#username_or_email').fill(who.username)
    await page.locator('#password').fill(who.password)
    await page.locator('#password').press('Enter')
    await page.waitForURL(`${stage.base}/account`)
    await api.token(who)
    for (const path of PATHS) {
      await go(page, path)
      await look()
    }
    await go(page, '/account')
    await page.locator('#username').fill('a b')
    await page.locator('#username').press('Enter')
    await page.locator('#username-error').waitFor()
    await look()
    await go(page, '/account/totp')
    await page.locator('form[action$="/totp"] button').click()
    await page.locator('.qr').waitFor()
    await look()
    const secret = ((await page.locator('code').textContent()) ?? '').replaceAll(' ', '')
    await page.locator('#totp_code').fill('000000')
    await page.locator('#totp_code').press('Enter')
    await page.locator('#totp_code-error').waitFor()
    await look()
    await page.locator('#totp_code').fill(totpAt(secret, Date.now()))
    await page.locator('#totp_code').press('Enter')
    await page.locator('.codes').waitFor()
    await look()
    await go(page, '/account/passkey/new')
    await page.locator('#name').fill('A phone with a name that is rather long, as names can be')
    await page.locator('[data-passkey] button').click()
    await page.waitForURL(/done=passkey_added/)
    await look()
    for (const path of ['/account/sessions', '/account/activity', '/account/confirm']) {
      await go(page, path)
      await look()
    }
    await go(page, '/account/security')
    await page.locator('a[href*="passkey?id="]').click()
    await look()
    expect(faults).toEqual([])
    await close()
  })
})
