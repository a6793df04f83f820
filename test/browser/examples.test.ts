import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { plainBash } from '../support/environment.ts'
import { freePort } from '../support/ports.ts'
import type { Service } from '../support/service.ts'
import { totpAt } from '../support/totp.ts'
import { launchChromium } from './chromium.ts'
import {
  copyExamples,
  EXAMPLES,
  type Example,
  startExample,
  startForExamples,
} from './examples-stage.ts'
import { takePicture } from './pages-picture.ts'

// Each example as its page says how to start it: examples/spa/README.md, examples/plain-html/README.md,
// examples/api/README.md, examples/server-rendered/README.md. The tests only click and type.

const PASSWORD = 'correct horse battery staple'

let browser: Browser
let service: Service
let copy: Awaited<ReturnType<typeof copyExamples>>
const running = new Map<string, Example>()
beforeAll(async () => {
  ;[browser, service, copy] = await Promise.all([
    launchChromium(),
    startForExamples(),
    copyExamples(),
  ])
  const ports = await Promise.all(EXAMPLES.map(() => freePort()))
  const [spa, , api, rendered] = ports.map((port) => `http://localhost:${port}`)
  const env = {
    ...{ AUTH_URL: service.base, VITE_AUTH_URL: service.base, VITE_API_URL: api ?? '' },
    ...{ APP_ORIGIN: spa ?? '', OWN_ORIGIN: rendered ?? '' },
  }
  for (const [at, name] of EXAMPLES.entries()) {
    const folder = join(copy.root, 'examples', name)
    running.set(name, await startExample(folder, ports[at] ?? 0, env))
  }
})
afterAll(async () => {
  await browser?.close()
  for (const { stop } of running.values()) await stop()
  await service?.stop()
  copy?.remove()
})

it.each(['spa', 'api', 'server-rendered'])('the compiler takes examples/%s', async (name) => {
  const tsc = join('node_modules', '.bin', 'tsc')
  const project = ['-p', join(copy.root, 'examples', name), '--pretty', 'false']
  const { stdout } = await promisify(execFile)(tsc, project).catch(
    (failure: { stdout: string }) => failure,
  )
  expect(stdout).toBe('')
})

const urlOf = (name: string) => running.get(name)?.url ?? ''
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
  it('takes somebody from the sign-up to the end of another session', async () => {
    const username = `${name}-${crypto.randomUUID().slice(0, 8)}`
    const { context, page } = await openBrowser(urlOf(name))
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
    await tab.goto(urlOf(name))
    await tab.getByText(`You are ${username}`).waitFor()
    await button(page, 'Log out').click()
    await field(page, 'Username or email').waitFor()
    await field(tab, 'Username or email').waitFor()
    await tab.close()

    await button(page, 'Log in by passkey').click()
    await page.getByText(`You are ${username}`).waitFor()

    const elsewhere = await openBrowser(urlOf(name))
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
    const { context, page } = await openBrowser(urlOf(name))
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

/** Makes an account by the API. */
async function makeAccount(username: string): Promise<void> {
  const account = { username, email: `${username}@example.org`, password: PASSWORD }
  const answer = await fetch(`${service.base}/auth/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
  })
  expect(answer.status).toBe(201)
}

/** Adds an authenticator app to an account as any client does, and gives its secret. */
async function addAuthenticatorApp(username: string): Promise<string> {
  let token = ''
  const post = async (path: string, body: object) => {
    const answer = await fetch(service.base + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    })
    expect([path, answer.ok]).toEqual([path, true])
    return (await answer.json()) as Record<string, string>
  }
  const credentials = { username_or_email: username, password: PASSWORD }
  token = (await post('/auth/login', credentials)).access_token ?? ''
  const { secret = '' } = await post('/auth/factors/totp', {})
  await post('/auth/factors/totp/confirm', { totp_code: totpAt(secret, Date.now()) })
  return secret
}

describe('README.md', () => {
  it('has a picture of the pages, made here where UPDATE_SCREENSHOT is set', async () => {
    const [, file = ''] = /<img src="([^"]+)"/.exec(readFileSync('README.md', 'utf8')) ?? []
    if (process.env.UPDATE_SCREENSHOT) {
      await makeAccount('grace')
      const logIn = async (page: Page) => {
        await page.goto(`${service.base}/login`)
        await field(page, 'Username or email').fill('grace')
      }
      const account = async (page: Page) => {
        await logIn(page)
        await field(page, 'Password').fill(PASSWORD)
        await button(page, 'Log in').click()
        await page.waitForURL(/\/account/)
      }
      await takePicture(browser, file, [
        { colorScheme: 'light', show: logIn },
        { colorScheme: 'dark', show: account },
      ])
    }
    expect(existsSync(file)).toBe(true)
  })
})

describe('examples/api', () => {
  it('keeps the notes of whoever is logged in to the single-page app', async () => {
    const { context, page } = await openBrowser(urlOf('spa'))
    const username = `api-${crypto.randomUUID().slice(0, 8)}`
    await signUp(page, username)
    await field(page, 'A note').fill('Milk')
    await button(page, 'Keep it').click()
    const notes = page.getByRole('list', { name: 'Notes' }).getByRole('listitem')
    await expect.poll(() => notes.allTextContents()).toEqual(['Milk'])
    await page.reload()
    await expect.poll(() => notes.allTextContents()).toEqual(['Milk'])
    await context.close()

    const stranger = await openBrowser(urlOf('spa'))
    await signUp(stranger.page, `${username}-2`)
    await stranger.page.getByText(`You are ${username}-2`).waitFor()
    const theirs = stranger.page.getByRole('list', { name: 'Notes' }).getByRole('listitem')
    expect(await theirs.count()).toBe(0)
    await stranger.context.close()
  })

  it('answers by curl as its page says', async () => {
    await makeAccount('ada')
    const page = readFileSync('examples/api/README.md', 'utf8')
    const [, block = ''] = /```bash\n(AUTH=[\s\S]*?)```/.exec(page) ?? []
    const script = block
      .replace('http://localhost:8787', service.base)
      .replace('http://localhost:5175', urlOf('api'))
    const { args, env } = plainBash()
    const { stdout, stderr } = await promisify(execFile)('bash', [...args, script], { env })
    expect(stderr).toBe('')
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const note = { notes: ['Milk'] }
    expect(answers.slice(0, 2)).toEqual([note, note])
    const codes = answers.slice(2).map(({ code }) => code)
    expect(codes).toEqual(['token_missing', 'step_up_required', 'permission_denied'])
  })
})

describe('examples/server-rendered', () => {
  it('knows on the server who visits, with scripts off', async () => {
    const username = `ssr-${crypto.randomUUID().slice(0, 8)}`
    await makeAccount(username)
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(urlOf('server-rendered'))
    await field(page, 'Username or email').fill(username)
    await field(page, 'Password').fill('not the password')
    await button(page, 'Log in').click()
    expect(await page.getByRole('alert').textContent()).toBe('Wrong username or password.')
    await field(page, 'Password').fill(PASSWORD)
    await button(page, 'Log in').click()
    await page.getByText(`You are ${username}`).waitFor()
    expect(await page.getByRole('list', { name: 'Sessions' }).textContent()).toContain('this one')
    const [cookie] = await context.cookies(urlOf('server-rendered'))
    expect(cookie).toMatchObject({ name: 'ea_session', httpOnly: true, sameSite: 'Strict' })

    // One by another name is not the session's.
    const both = `__Host-Http-ea_session=x; ea_session=${cookie?.value}`
    const visited = await fetch(urlOf('server-rendered'), { headers: { cookie: both } })
    expect(await visited.text()).toContain(username)

    // Where the service answers with a newer cookie, as after a renewal that was lost, the browser gets it.
    const renewal = await fetch(`${service.base}/auth/reauth`, {
      method: 'POST',
      headers: {
        ...{ cookie: `ea_session=${cookie?.value}`, origin: urlOf('server-rendered') },
        ...{ 'x-edge-auth': '1', 'content-type': 'application/json' },
      },
      body: JSON.stringify({ password: PASSWORD }),
    })
    expect(renewal.status).toBe(200)
    const late = await fetch(urlOf('server-rendered'), { headers: { cookie: both } })
    expect(late.headers.getSetCookie()).toEqual([expect.stringMatching(/^ea_session=\w/)])
    await page.goto(urlOf('server-rendered'))

    // Whoever has the cookie is no longer anybody once they are logged out.
    await button(page, 'Log out').click()
    await field(page, 'Username or email').waitFor()
    const headers = { cookie: `ea_session=${cookie?.value}` }
    const answer = await fetch(urlOf('server-rendered'), { headers })
    expect(await answer.text()).not.toContain(username)
    await context.close()
  })

  it('takes the code of an authenticator app', async () => {
    const username = `ssr-${crypto.randomUUID().slice(0, 8)}`
    await makeAccount(username)
    const secret = await addAuthenticatorApp(username)
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(urlOf('server-rendered'))
    await field(page, 'Username or email').fill(username)
    await field(page, 'Password').fill(PASSWORD)
    await button(page, 'Log in').click()
    // The code of before was used up.
    await field(page, 'Code of your app').fill(totpAt(secret, Date.now() + 30_000))
    await button(page, 'Log in').click()
    await page.getByText(`You are ${username}`).waitFor()
    await context.close()
  })

  it('refuses a form of another site', async () => {
    for (const origin of ['https://evil.example', 'null', service.base]) {
      const answer = await fetch(`${urlOf('server-rendered')}/logout`, {
        method: 'POST',
        headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
      })
      expect([origin, answer.status]).toEqual([origin, 403])
    }
  })
})
