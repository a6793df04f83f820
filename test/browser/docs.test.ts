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
  const { api, stop } = await startStage(MAILBOX)
  return { base: api, stop }
}

/** Mails are kept, and read by the test. Where their links lead does not matter. */
const MAILBOX = { MAIL_PROVIDER: 'mailbox', PUBLIC_URL: 'http://localhost:8787' }
const OWN = 'grace@example.org'
const WANTED = 'grace.hopper@example.org'
/** Where the token of a mail has to be put in: to whom the mail is, which page its link leads to, and the rest of the body. */
const LINKS: Record<string, { to: string; page: string; body?: object }> = {
  verifyEmail: { to: OWN, page: '/verify-email' },
  confirmEmail: { to: WANTED, page: '/confirm-email' },
  undoEmailChange: { to: OWN, page: '/undo-email-change' },
  resetPassword: { to: OWN, page: '/reset-password', body: { new_password: PASSWORD } },
}
/** The links of earlier mails work no longer after these. */
const SUPERSEDES = ['requestVerification', 'forgotPassword']
/** A newcomer has no factor, no code of one and no cookie of a session, and codes by mail are off unless LOGIN_CODES says otherwise. */
const NEED_A_FACTOR = [
  ...['requestCode', 'verifyCode', 'verifyMfa', 'logInByPasskey', 'confirmTotp', 'removeTotp'],
  ...['registerPasskey', 'renamePasskey', 'removePasskey', 'renewRecoveryCodes'],
  ...['startOAuth', 'exchangeOAuthCode', 'linkIdentity', 'unlinkIdentity'],
  'exchangeSessionCookie',
]
/** After these the page asks to log in again. */
const LOGS_OUT = ['undoEmailChange', 'resetPassword', 'logout', 'deleteAccount']

/** The token in the last link to a page, once its mail is there. */
async function mailedToken(base: string, to: string, page: string): Promise<string> {
  let token = ''
  await expect
    .poll(async () => {
      const answer = await fetch(`${base}/dev/mail?to=${to}`)
      const { mails } = (await answer.json()) as { mails: { links: string[] }[] }
      const link = mails.flatMap(({ links }) => links).find((one) => one.includes(`${page}?`))
      token = /token=([\w.-]+)$/.exec(link ?? '')?.[1] ?? ''
      return token
    })
    .not.toBe('')
  return token
}

/** The operations under /admin, by their ids. */
async function adminOperations(base: string): Promise<string[]> {
  const { paths } = (await (await fetch(`${base}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { operationId: string }>>
  }
  const below = Object.entries(paths).filter(([path]) => path.startsWith('/admin/'))
  return below.flatMap(([, operations]) =>
    Object.values(operations).map(({ operationId }) => operationId),
  )
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

  it('signs up, logs in by its form, keeps that over a reload, and every example works', {
    timeout: 400_000,
  }, async () => {
    const { page, complaints } = await openDocs(browser, service.base)
    const operations = await page.locator('.opblock').evaluateAll((blocks) =>
      // biome-ignore lint/suspicious/noExplicitAny: an element of the page, whose types are not those of this file.
      blocks.map((block: any) => String(block.id.split('-').at(-1))),
    )
    const [signup = '', ...rest] = operations
    // A newcomer is no admin.
    const forAdmins = await adminOperations(service.base)
    expect(operations).toEqual(expect.arrayContaining(forAdmins))
    const others = rest.filter((operation) => !forAdmins.includes(operation))
    expect(signup).toBe('signup')
    expect(await tryOut(page, signup)).toMatchObject({ status: 201 })

    await logIn(page, OWN, 'not that one')
    const alert = page.locator('#log-in [role=alert]')
    await expect.poll(() => alert.textContent()).toBe('Wrong username or password.')
    await logIn(page, OWN, PASSWORD)
    const name = page.locator('#logged-in b')
    await expect.poll(() => name.textContent()).toBe('grace.hopper')
    expect(await page.locator('#log-in').isVisible()).toBe(false)
    expect((await tryOut(page, 'me')).status).toBe(200)

    await page.reload()
    await page.locator('.opblock').first().waitFor()
    expect(await name.textContent()).toBe('grace.hopper')
    expect(await page.evaluate('Object.keys(localStorage)')).toEqual([])
    const answers: [string, number][] = []
    for (const operation of others) {
      if (SUPERSEDES.includes(operation)) {
        await fetch(`${service.base}/dev/mail`, { method: 'DELETE' })
      }
      const link = LINKS[operation]
      const body = link && {
        token: await mailedToken(service.base, link.to, link.page),
        ...link.body,
      }
      answers.push([operation, (await tryOut(page, operation, body)).status])
      if (!LOGS_OUT.includes(operation)) continue
      await expect.poll(() => page.locator('#log-in').isVisible()).toBe(true)
      if (operation === 'deleteAccount') continue
      await logIn(page, OWN, PASSWORD)
      await expect.poll(() => name.textContent()).toBe('grace.hopper')
    }
    const refused = answers.filter(([, status]) => !(status >= 200 && status < 300))
    expect(refused.filter(([operation]) => !NEED_A_FACTOR.includes(operation))).toEqual([])
    expect(refused.filter(([, status]) => status >= 500)).toEqual([])
    expect(answers.map(([operation]) => operation)).toEqual(
      expect.arrayContaining([
        'login',
        'refresh',
        'me',
        'revokeSession',
        'changePassword',
        'logout',
        'resetPassword',
        'deleteAccount',
      ]),
    )

    // The account is gone, and so the page asks again.
    expect(await page.locator('#log-in').isVisible()).toBe(true)
    expect(await page.evaluate('Object.keys(sessionStorage)')).toEqual([])
    // The browser itself reports the wrong password, and each refusal of what needs a factor.
    expect(complaints.filter((text) => !/status of 4\d\d/.test(text))).toEqual([])
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
