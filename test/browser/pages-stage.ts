import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { startOidcProvider } from '../support/oidc-provider.ts'
import { startService } from '../support/service.ts'
import { REPORT_POLICY_VIOLATIONS } from './docs-page.ts'
import { freePort } from './two-tabs-stage.ts'

export const PASSWORD = 'correct horse battery staple'
/** An app of another origin, which pages may return to. Nothing is there; tests put a page in its place. */
export const APP_URL = 'http://localhost:9/app'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export type PagesStage = Awaited<ReturnType<typeof startPages>>

/** The service with its pages, all ways to log in, and a true provider on another site. */
export async function startPages(env: Record<string, string> = {}) {
  await using undo = new AsyncDisposableStack()
  const port = await freePort()
  const base = `http://localhost:${port}`
  const peer = await startOidcProvider({ redirectUris: [`${base}/auth/oauth/test/callback`] })
  undo.defer(peer.close)
  const provider = {
    ...{ id: 'test', name: 'Test', issuer: peer.issuer },
    ...{ client_id: peer.clientId, client_secret: peer.clientSecret },
  }
  const service = await startService({
    ...{ HOST: 'localhost', PORT: String(port), PUBLIC_URL: base, MAIL_PROVIDER: 'mailbox' },
    ...{ LOGIN_CODES: 'true', OAUTH_RETURN_URLS: APP_URL },
    OAUTH_PROVIDERS: JSON.stringify([provider]),
    ...env,
  })
  undo.defer(service.stop)
  const running = undo.move()
  return { base, stop: () => running.disposeAsync() }
}

export type Person = { username: string; email: string; password: string }

/** Somebody whom nobody knows. */
export function somebody(): Person {
  const username = `p${crypto.randomUUID().slice(0, 8)}`
  return { username, email: `${username}@example.org`, password: PASSWORD }
}

/** Calls the API as a program does. */
export function caller({ base }: PagesStage) {
  const post = async (path: string, body: unknown, token?: string) => {
    const answer = await fetch(base + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    })
    const said = await answer.text()
    expect(answer.ok, said).toBe(true)
    return said === '' ? {} : JSON.parse(said)
  }
  return {
    post,
    async signUp(): Promise<Person> {
      const person = somebody()
      await post('/auth/signup', person)
      return person
    },
    /** An access token of somebody with a password. */
    async token({ username, password }: Person): Promise<string> {
      return (await post('/auth/login', { username_or_email: username, password })).access_token
    },
    /** The text of the newest mail to somebody that has this in its subject. */
    async mail({ email }: Person, subject: RegExp): Promise<{ text: string; links: string[] }> {
      let found: { subject: string; text: string; links: string[] } | undefined
      await expect
        .poll(async () => {
          const answer = await fetch(`${base}/dev/mail?to=${email}`)
          const { mails } = (await answer.json()) as { mails: (typeof found & object)[] }
          found = mails.find((mail) => subject.test(mail.subject))
          return found
        })
        .toBeDefined()
      if (!found) throw new Error('there is no such mail')
      return found
    },
  }
}

/** A browser's profile of its own. Everything that the browser complains about is kept. */
export async function profile(browser: Browser, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ locale: 'en-GB', ...options })
  const complaints: string[] = []
  const page = await context.newPage()
  page.on('console', (message) => {
    // Every site is asked for its icon but this one, whose pages say that there is none.
    const isIcon = message.location().url.endsWith('/favicon.ico')
    if (['error', 'warning'].includes(message.type()) && !isIcon) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.addInitScript({ content: REPORT_POLICY_VIOLATIONS })
  return { context, page, complaints, close: () => context.close() }
}

/** The two ways to look at each page of a walk, so that two walks see all four, and each language in both. */
export const LOOKS = [
  { locale: 'de-DE', looks: [['light', 360] as const, ['dark', 1280] as const] },
  { locale: 'en-GB', looks: [['dark', 360] as const, ['light', 1280] as const] },
]
type Look = (typeof LOOKS)[number]['looks'][number]

/** What is wrong with a page in each of these looks. */
export async function faultsOf(page: Page, looks: readonly Look[]): Promise<string[]> {
  const faults: string[] = []
  for (const [colorScheme, width] of looks) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 800 })
    faults.push(...(await faultsNow(page)).map((fault) => `${colorScheme} ${width}: ${fault}`))
  }
  return faults
}

/** What axe finds on a page that is not accessible, and what does not fit the screen. The profile must bypass the policy. */
async function faultsNow(page: Page): Promise<string[]> {
  await page.addScriptTag({ content: AXE })
  const found = (await page.evaluate('axe.run().then(({ violations }) => violations)')) as {
    id: string
    nodes: { target: string[]; failureSummary: string }[]
  }[]
  const isTooWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
  return [
    ...found.map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join('; ')}`,
    ),
    ...(isTooWide ? ['too wide'] : []),
  ].map((fault) => `${new URL(page.url()).pathname}: ${fault}`)
}
