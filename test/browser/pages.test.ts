import { TOTP, URI } from 'otpauth'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import {
  APP_URL,
  caller,
  faultsOf,
  LOOKS,
  PASSWORD,
  type PagesStage,
  type Person,
  profile,
  somebody,
  startPages,
} from './pages-stage.ts'

const NEW_PASSWORD = 'another horse, another battery'

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

const at = (options?: BrowserContextOptions) => profile(browser, options)
const go = (page: Page, path: string) => page.goto(stage.base + path)
const heading = (page: Page, name: string) => page.getByRole('heading', { name }).waitFor()
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()

async function logIn(page: Page, { username, password }: Person) {
  await page.getByLabel('Username or email').fill(username)
  await page.getByLabel('Password').fill(password)
  await press(page, 'Log in')
}

/** Waits until the account of somebody is shown. */
async function arrive(page: Page, { username }: Pick<Person, 'username'>) {
  await page.waitForURL(`${stage.base}/account`)
  expect(await page.textContent('body')).toContain(username)
}

/** Somebody with an authenticator app. */
async function withTotp() {
  const person = await api.signUp()
  const token = await api.token(person)
  const { otpauth_uri: uri } = await api.post('/auth/factors/totp', {}, token)
  const totp = URI.parse(uri)
  if (!(totp instanceof TOTP)) throw new Error('no time-based codes')
  // A code works once. Those of the steps before and after work too, so that no moment between them matters.
  const codeIn = (seconds: number) => totp.generate({ timestamp: Date.now() + seconds * 1000 })
  const { recovery_codes: codes } = await api.post(
    '/auth/factors/totp/confirm',
    { totp_code: codeIn(0) },
    token,
  )
  return { ...person, code: () => codeIn(30), recoveryCode: codes[0] as string }
}

describe.each([true, false])('in Chromium, with scripts: %s', (javaScriptEnabled) => {
  it('sign up, confirm the address, log out, log in', async () => {
    const person = somebody()
    const { page, complaints, close } = await at({ javaScriptEnabled })
    await go(page, '/')
    await page.getByRole('link', { name: 'Sign up' }).click()
    await page.getByLabel('Username').fill(person.username)
    await page.getByLabel('Email').fill(person.email)
    await page.getByLabel('Password').fill(person.password)
    await press(page, 'Create account')
    await arrive(page, person)

    const { links } = await api.mail(person, /confirm your email/)
    await page.goto(links[0] ?? '')
    await press(page, 'Confirm email address')
    await page.getByRole('link', { name: 'Log in' }).click()
    // Who is logged in already need not do it again.
    await arrive(page, person)
    await go(page, '/logout')
    await press(page, 'Log out')
    await page.getByRole('link', { name: 'Log in' }).click()
    await logIn(page, { ...person, password: 'not my password' })
    await page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor()
    expect(await page.getByLabel('Username or email').inputValue()).toBe(person.username)
    expect(await page.getByLabel('Password').inputValue()).toBe('')
    await logIn(page, person)
    await arrive(page, person)
    expect(complaints).toEqual([expect.stringContaining('401')])
    await close()
  })

  it('forget the password, choose another one, log in by that', async () => {
    const person = await api.signUp()
    const { page, complaints, close } = await at({ javaScriptEnabled })
    await go(page, '/login?return_to=/logout')
    await page.getByRole('link', { name: 'Forgot your password?' }).click()
    await page.getByLabel('Email').fill(person.email)
    await press(page, 'Send mail')
    await heading(page, 'Look into your mails')
    const { links } = await api.mail(person, /choose a new password/)
    await page.goto(links[0] ?? '')
    await page.getByLabel('New password').fill(NEW_PASSWORD)
    await press(page, 'Save password')
    await page.getByRole('link', { name: 'Log in' }).click()
    await logIn(page, { ...person, password: NEW_PASSWORD })
    await arrive(page, person)
    expect(complaints).toEqual([])
    await close()
  })

  it('log in by a mailed code', async () => {
    const person = await api.signUp()
    const { page, complaints, close } = await at({ javaScriptEnabled })
    await go(page, '/login')
    await page.getByRole('link', { name: 'Have a code mailed to you' }).click()
    await page.getByLabel('Email').fill(person.email)
    await press(page, 'Send code')
    const { text } = await api.mail(person, /code/i)
    await page.getByLabel('Code').fill(/\b\d{6}\b/.exec(text)?.[0] ?? '')
    await press(page, 'Log in')
    await arrive(page, person)
    expect(complaints).toEqual([])
    await close()
  })

  it('log in by an authenticator app, and by a recovery code', async () => {
    const person = await withTotp()
    const { page, context, complaints, close } = await at({ javaScriptEnabled })
    await go(page, '/login')
    await logIn(page, person)
    await heading(page, 'Confirm that it is you')
    expect(page.url()).toBe(`${stage.base}/login`)
    await page.getByLabel('Code of your app').fill(person.code())
    await press(page, 'Confirm')
    await arrive(page, person)

    await context.clearCookies()
    await go(page, '/login')
    await logIn(page, person)
    await page.getByText('No access to your app?').click()
    await page.getByLabel('Recovery code').fill(person.recoveryCode)
    await page.getByLabel('Recovery code').press('Enter')
    await arrive(page, person)
    expect(complaints).toEqual([])
    await close()
  })

  /** Says who it is, where the provider asks, and lets the service know. */
  async function goThrough(page: Page, name: string, press: 'Allow' | 'Cancel' = 'Allow') {
    await page.getByLabel('Name').fill(name)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('button', { name: press }).click()
  }

  /** Goes on where the page's script does it by itself. */
  const goOn = async (page: Page) => {
    if (!javaScriptEnabled) await press(page, 'Go on')
  }

  it('sign up and log in at a provider, and go back to the app', async () => {
    const person = somebody()
    const { page, context, complaints, close } = await at({ javaScriptEnabled })
    await go(page, '/signup')
    await press(page, 'Continue with Test')
    await goThrough(page, person.username)
    await goOn(page)
    await arrive(page, person)

    await context.clearCookies()
    await page.route(`${APP_URL}*`, (route) =>
      route.fulfill({ contentType: 'text/html', body: 'The app' }),
    )
    await go(page, `/login?${new URLSearchParams({ return_to: APP_URL })}`)
    await press(page, 'Continue with Test')
    await goThrough(page, person.username)
    await goOn(page)
    await page.waitForURL(APP_URL)
    await go(page, '/account')
    await arrive(page, person)
    expect(complaints).toEqual([])
    await close()
  })

  it('cancel at a provider, and connect an account with one that is here', async () => {
    const person = await api.signUp()
    const { links } = await api.mail(person, /confirm your email/)
    const token = new URL(links[0] ?? '').searchParams.get('token')
    await api.post('/auth/email/verify', { token })
    const { page, context, close } = await at({ javaScriptEnabled })
    await go(page, '/login')
    await press(page, 'Continue with Test')
    await goThrough(page, person.username, 'Cancel')
    await page.getByText('The sign-in was cancelled').waitFor()
    await page.getByRole('link', { name: 'Go to the log-in' }).click()
    await press(page, 'Continue with Test')
    // The provider knows who it is by now.
    await press(page, 'Allow')
    await goOn(page)
    await page.getByText('There is an account with this email address already').waitFor()
    await logIn(page, person)
    await arrive(page, person)

    await context.clearCookies()
    await go(page, '/login')
    await press(page, 'Continue with Test')
    await goThrough(page, person.username)
    await goOn(page)
    await arrive(page, person)
    await close()
  })

  it('come from another site to a page that needs the log-in, logged in and not', async () => {
    const person = await api.signUp()
    const { page, close } = await at({ javaScriptEnabled })
    await page.route('http://elsewhere.example/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<a href="${stage.base}/account">Account</a>`,
      }),
    )
    const comeOver = async () => {
      await page.goto('http://elsewhere.example/')
      await page.getByRole('link', { name: 'Account' }).click()
    }
    await comeOver()
    await page.waitForURL(`${stage.base}/login?return_to=%2Faccount`)
    await logIn(page, person)
    await arrive(page, person)
    await comeOver()
    await arrive(page, person)
    await page.waitForLoadState('networkidle')
    // Once more, and then never again.
    expect(page.url()).toBe(`${stage.base}/account?again=1`)
    await close()
  })
})

describe('passkeys', () => {
  /** Somebody with a passkey in the virtual authenticator of a profile. */
  async function withPasskey() {
    const person = await api.signUp()
    const { page, context, complaints, close } = await at()
    const cdp = await context.newCDPSession(page)
    await cdp.send('WebAuthn.enable', { enableUI: false })
    await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        ...{ protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal' },
        ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
        automaticPresenceSimulation: true,
      },
    })
    const token = await api.token(person)
    const { public_key, challenge_token } = await api.post(
      '/auth/factors/passkey-options',
      {},
      token,
    )
    await go(page, '/forgot-password')
    const credential = await page.evaluate(`navigator.credentials.create({ publicKey:
      PublicKeyCredential.parseCreationOptionsFromJSON(${JSON.stringify(public_key)}) }).then((made) => made.toJSON())`)
    await api.post('/auth/factors/passkeys', { challenge_token, credential, name: 'Mine' }, token)
    return { person, page, context, complaints, close }
  }

  it('log in: offered where a name is typed, and by a button', async () => {
    const { person, page, context, complaints, close } = await withPasskey()
    // The virtual authenticator answers at once what the browser offers.
    await go(page, '/login?return_to=/account')
    await arrive(page, person)
    await context.clearCookies()
    await page.addInitScript('delete PublicKeyCredential.isConditionalMediationAvailable')
    await go(page, '/login')
    await press(page, 'Log in with a passkey')
    await arrive(page, person)
    expect(complaints).toEqual([])
    await close()
  })

  it('are a second factor', async () => {
    const { person, page, complaints, close } = await withPasskey()
    await page.addInitScript('delete PublicKeyCredential.isConditionalMediationAvailable')
    await go(page, '/login')
    await logIn(page, person)
    await press(page, 'Use a passkey')
    await arrive(page, person)
    expect(complaints).toEqual([])
    await close()
  })

  it('that the browser refuses leave the other ways open', async () => {
    const person = await api.signUp()
    const { page, close } = await at()
    await page.addInitScript('delete PublicKeyCredential.isConditionalMediationAvailable')
    await page.addInitScript("navigator.credentials.get = () => Promise.reject(new Error('no'))")
    await go(page, '/login')
    await press(page, 'Log in with a passkey')
    await page.getByRole('alert').filter({ hasText: 'That did not work' }).waitFor()
    await logIn(page, person)
    await arrive(page, person)
    await close()
  })

  it('are not offered without scripts', async () => {
    const { page, close } = await at({ javaScriptEnabled: false })
    await go(page, '/login')
    expect(await page.getByRole('button', { name: 'Log in with a passkey' }).isVisible()).toBe(
      false,
    )
    await close()
  })
})

describe('another site', () => {
  it('can neither frame the log-in nor log anybody in', async () => {
    const attacker = await api.signUp()
    const { page, context, close } = await at()
    await page.route('http://elsewhere.example/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<iframe src="${stage.base}/login"></iframe><form method="post" action="${stage.base}/login">
          <input name="form" value="password"><input name="username_or_email" value="${attacker.username}">
          <input name="password" value="${PASSWORD}"><button>Win a prize</button></form>`,
      }),
    )
    await page.goto('http://elsewhere.example/')
    await expect.poll(() => page.frames()[1]?.url()).toBe('chrome-error://chromewebdata/')
    await press(page, 'Win a prize')
    await page.getByText('The form came from another site').waitFor()
    expect(await context.cookies(stage.base)).toEqual([])
    await close()
  })
})

describe('by the keyboard alone', () => {
  it('sign up, log out and log in', async () => {
    const person = somebody()
    const { page, close } = await at()
    const type = (text: string) => page.keyboard.type(text)
    const tab = () => page.keyboard.press('Tab')
    await go(page, '/signup')
    await type(person.username)
    await tab()
    await type(person.email)
    await tab()
    await type(person.password)
    await tab()
    await page.keyboard.press('Enter')
    await arrive(page, person)
    await go(page, '/logout')
    await tab()
    await page.keyboard.press('Space')
    await heading(page, 'You are logged out')
    await tab()
    await page.keyboard.press('Enter')
    await heading(page, 'Log in')
    await type(person.username)
    await tab()
    await type(person.password)
    await page.keyboard.press('Enter')
    await arrive(page, person)
    await close()
  })
})

describe.each(LOOKS)('$locale', ({ locale, looks }) => {
  it('every page is accessible and fits', async () => {
    const person = await withTotp()
    // The tool is a script of its own, which the policy of the pages refuses.
    const { page, close } = await at({ locale, bypassCSP: true })
    const faults: string[] = []
    const look = async () => faults.push(...(await faultsOf(page, looks)))
    const submit = () => page.locator('form button:visible').first().click()
    const addresses = [
      ...['/', '/login', '/signup', '/forgot-password', '/verify-email/again', '/login/code'],
      ...['/logout', '/login?return_to=//evil', '/login/provider?error=provider_failed'],
      ...['/verify-email?token=a.b', '/reset-password?token=a.b'],
    ]
    for (const path of addresses) {
      await go(page, path)
      await look()
    }
    await go(page, '/signup')
    await page.locator('#username').fill('a b')
    await page.locator('#email').fill('a@b')
    await page.locator('#password').fill('password123')
    await submit()
    await page.locator('#password-error').waitFor()
    await look()
    await go(page, '/login/code')
    await page.locator('#email').fill(person.email)
    await submit()
    await page.locator('#code').waitFor()
    await look()
    await go(page, '/login')
    await page.locator('#username_or_email').fill(person.username)
    await page.locator('#password').fill(`${PASSWORD}!`)
    await submit()
    await page.locator('.notice').waitFor()
    await look()
    await page.locator('#password').fill(PASSWORD)
    await submit()
    await page.locator('summary').click()
    await look()
    expect(faults).toEqual([])
    await close()
  })
})
