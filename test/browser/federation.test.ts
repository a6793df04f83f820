import { decodeJwt } from 'jose'
import type { Browser, BrowserContext, Page as Tab } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { totpAt } from '../support/totp.ts'
import { launchChromium } from './chromium.ts'
import { type FederationStage, RUNTIMES, returnUrlOf, startFederation } from './federation-stage.ts'
import type { Page } from './page/main.ts'

declare const page: Page

const PASSWORD = 'correct horse battery staple'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser?.close())

describe.each(RUNTIMES)('on %s, in Chromium', (runtime) => {
  let stage: FederationStage
  beforeAll(async () => {
    stage = await startFederation(runtime)
  })
  afterAll(() => stage?.stop())

  let context: BrowserContext
  let tab: Tab
  /** The name of somebody whom nobody knows, at the provider and here. */
  let name: string
  beforeEach(async () => {
    name = `p${crypto.randomUUID().slice(0, 8)}`
    context = await browser.newContext()
    tab = await context.newPage()
    await tab.goto(home())
  })
  afterEach(() => context.close())

  const home = () => `${stage.site}/?${new URLSearchParams({ api: stage.api })}`
  const emailOf = (name: string) => `${name}@example.org`

  /** Says who it is, where the provider asks, and lets the service know. */
  async function goThrough(at: Tab, as: string, press: 'Allow' | 'Cancel' = 'Allow') {
    await at.getByLabel('Name').fill(as)
    await at.getByRole('button', { name: 'Log in' }).click()
    await at.getByRole('button', { name: press }).click()
  }

  type Intent = 'login' | 'link' | 'reauth'
  /** Sends the tab to the provider. It is gone before an answer could come. */
  async function leave(intent: Intent): Promise<void> {
    await tab.goto(home())
    await tab.evaluate((intent) => {
      const { loginWith, link, reauthWith } = page.auth
      void { login: loginWith, link, reauth: reauthWith }[intent]('test')
    }, intent)
  }

  /** What the page tells that the browser comes back to. */
  async function comeBack() {
    await tab.waitForURL(`${stage.site}/return**`)
    const told = await tab.evaluate(() => page.toldOf(page.completed ?? Promise.resolve()))
    expect(tab.url()).toBe(returnUrlOf(stage))
    return told
  }

  async function signIn(as = name) {
    await leave('login')
    await goThrough(tab, as)
    return comeBack()
  }

  const me = () => tab.evaluate(() => page.auth.me())
  const identities = () => tab.evaluate(() => page.auth.identities())
  const logOut = () => tab.evaluate(() => page.auth.logout())
  const claims = async () => decodeJwt((await tab.evaluate(() => page.accessToken())) ?? '')

  /** Somebody with a password. */
  const signUp = () =>
    tab.evaluate(([username, email, password]) => page.auth.signup({ username, email, password }), [
      `${name}-here`,
      emailOf(name),
      PASSWORD,
    ] as const)
  const logIn = () =>
    tab.evaluate(([email, password]) => page.auth.login({ username_or_email: email, password }), [
      emailOf(name),
      PASSWORD,
    ] as const)

  /** Follows the link that the mailbox of development has. */
  async function verifyEmail(): Promise<void> {
    await expect
      .poll(async () => {
        const answer = await fetch(`${stage.api}/dev/mail?to=${emailOf(name)}`)
        const { mails } = (await answer.json()) as { mails: { links: string[] }[] }
        const token = /token=([\w.-]+)$/.exec(mails.at(-1)?.links[0] ?? '')?.[1]
        if (token) await tab.evaluate((token) => page.auth.verifyEmail(token), token)
        return token
      })
      .toBeDefined()
  }

  it('makes an account at the first sign-in, and knows it at the second', async () => {
    expect(await signIn()).toEqual({
      outcome: { intent: 'login', mfa_required: false, password_breached: false },
    })
    const first = await me()
    expect(first).toMatchObject({
      username: name,
      email: emailOf(name),
      email_verified: true,
      display_name: expect.stringContaining('Example'),
      avatar_url: expect.stringMatching(/^https:/),
    })
    expect(await claims()).toMatchObject({ acr: 'aal1', amr: ['fed'] })
    expect(await identities()).toEqual({
      identities: [expect.objectContaining({ provider: 'test', email: emailOf(name) })],
      has_password: false,
    })

    await logOut()
    // The provider still knows the browser, and asks nothing.
    await leave('login')
    expect(await comeBack()).toMatchObject({ outcome: { mfa_required: false } })
    expect((await me()).id).toBe(first.id)
  })

  it('signs in by a popup, which stays on the page', async () => {
    await tab.evaluate(() => {
      page.work = () => page.auth.loginWith('test', { mode: 'popup' })
    })
    const opened = context.waitForEvent('page')
    await tab.getByRole('button', { name: 'Go' }).click()
    const popup = await opened
    const closed = popup.waitForEvent('close')
    await goThrough(popup, name)
    const told = await tab.evaluate(() => page.clicked)
    expect(told).toEqual({ outcome: { mfa_required: false, password_breached: false } })
    await closed
    expect((await me()).username).toBe(name)
    expect(tab.url()).not.toContain('/return')
  })

  it('ends where the person closes the popup', async () => {
    await tab.evaluate(() => {
      page.work = () => page.auth.loginWith('test', { mode: 'popup' })
    })
    const opened = context.waitForEvent('page')
    await tab.getByRole('button', { name: 'Go' }).click()
    const popup = await opened
    await popup.getByLabel('Name').waitFor()
    await popup.close()
    expect(await tab.evaluate(() => page.clicked)).toMatchObject({ code: 'provider_denied' })
  })

  it('links and unlinks, and keeps the last credential', async () => {
    await signUp()
    await verifyEmail()
    await logIn()
    await leave('link')
    await goThrough(tab, `${name}-elsewhere`)
    const told = await comeBack()
    expect(told).toMatchObject({ outcome: { intent: 'link', linked: { provider: 'test' } } })
    const { identities: linked, has_password } = await identities()
    expect([linked.length, has_password]).toEqual([1, true])
    const user = await me()

    await logOut()
    await leave('login')
    await comeBack()
    expect((await me()).id).toBe(user.id)

    const unlinked = await tab.evaluate(async () => {
      const [one] = (await page.auth.identities()).identities
      await page.auth.unlink(one?.id ?? '')
      return page.auth.identities()
    })
    expect(unlinked).toEqual({ identities: [], has_password: true })

    await logOut()
    // Nobody's now, so that it makes somebody else.
    await leave('login')
    await comeBack()
    expect((await me()).id).not.toBe(user.id)
    const last = await tab.evaluate(async () => {
      const [one] = (await page.auth.identities()).identities
      return page.toldOf(page.auth.unlink(one?.id ?? ''))
    })
    expect(last).toMatchObject({ code: 'last_credential' })
  })

  it('links no account by its email alone; after a log-in it does, by the token', async () => {
    await signUp()
    await verifyEmail()
    const refused = await signIn()
    expect(refused).toEqual({ code: 'account_exists', linkToken: expect.any(String) })
    expect(await tab.evaluate(() => page.auth.isLoggedIn())).toBe(false)

    await logIn()
    const user = await me()
    const linked = await tab.evaluate(
      (token) => page.auth.linkIdentity(token),
      'linkToken' in refused ? refused.linkToken : '',
    )
    expect(linked).toMatchObject({ provider: 'test', email: emailOf(name) })
    await logOut()
    await leave('login')
    await comeBack()
    expect((await me()).id).toBe(user.id)
  })

  it('gives the owner of the mailbox the account that a stranger made there, and the stranger nothing', async () => {
    await signUp()
    const stranger = await context.newPage()
    await stranger.goto(home())
    await logIn()
    const { id } = await me()
    const stolen = await tab.evaluate(() => page.accessToken())

    const owner = await browser.newContext()
    tab = await owner.newPage()
    try {
      expect(await signIn()).toMatchObject({ outcome: { intent: 'login', mfa_required: false } })
      expect(await me()).toMatchObject({ id, email_verified: true })
      expect(await identities()).toMatchObject({ has_password: false })
      const refused = await stranger.evaluate(
        ([email, password]) => page.toldOf(page.auth.login({ username_or_email: email, password })),
        [emailOf(name), PASSWORD] as const,
      )
      expect(refused).toMatchObject({ code: 'invalid_credentials' })
      const headers = { authorization: `Bearer ${stolen}` }
      expect((await fetch(`${stage.api}/auth/me`, { headers })).status).toBe(401)
    } finally {
      await owner.close()
    }
  })

  it('lets who has no password set one, and unlink then', async () => {
    await signIn()
    const left = await tab.evaluate(async (new_password) => {
      await page.auth.changePassword({ new_password })
      const [one] = (await page.auth.identities()).identities
      await page.auth.unlink(one?.id ?? '')
      await page.auth.logout()
    }, PASSWORD)
    expect(left).toBeUndefined()
    await logIn()
    expect(await identities()).toEqual({ identities: [], has_password: true })
  })

  it('proves once more who is logged in', async () => {
    await signIn()
    const before = await claims()
    if (stage.sql) {
      await stage.sql(`update edge_auth.sessions set authenticated_at = authenticated_at - interval '1 hour',
        created_at = created_at - interval '1 hour' where id = '${before.sid}'`)
      const refused = await tab.evaluate(() => page.toldOf(page.auth.enrollTotp()))
      expect(refused).toMatchObject({ code: 'step_up_required' })
    }
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    await leave('reauth')
    // Though the provider knows the browser.
    await tab.getByLabel('Name').fill(name)
    await tab.getByRole('button', { name: 'Log in' }).click()
    expect(await comeBack()).toEqual({ outcome: { intent: 'reauth' } })
    const after = await claims()
    expect([after.sid, after.amr]).toEqual([before.sid, ['fed']])
    expect(Number(after.auth_time)).toBeGreaterThan(Number(before.auth_time))
    expect(await tab.evaluate(() => page.auth.enrollTotp())).toHaveProperty('secret')
  })

  it('refuses to prove it by somebody else', async () => {
    await signIn()
    await leave('reauth')
    await tab.getByLabel('Name').fill(`${name}-other`)
    await tab.getByRole('button', { name: 'Log in' }).click()
    await tab.getByRole('button', { name: 'Allow' }).click()
    expect(await comeBack()).toMatchObject({ code: 'identity_mismatch' })
    expect((await me()).username).toBe(name)
  })

  it.each(['at the log-in', 'at the consent'])(
    'tells that the person cancelled %s',
    async (where) => {
      await leave('login')
      if (where === 'at the consent') await goThrough(tab, name, 'Cancel')
      else await tab.getByRole('button', { name: 'Cancel' }).click()
      expect(await comeBack()).toMatchObject({ code: 'provider_denied' })
      expect(await tab.evaluate(() => page.auth.isLoggedIn())).toBe(false)
    },
  )

  it.each(['/auth', '/token'])('tells that the provider failed, at %s', async (path) => {
    await leave('login')
    await tab.getByLabel('Name').waitFor()
    stage.peer.failing.add(path)
    try {
      if (path === '/auth') {
        await leave('login')
      } else await goThrough(tab, name)
      expect(await comeBack()).toMatchObject({ code: 'provider_failed' })
    } finally {
      stage.peer.failing.clear()
    }
  })

  it('asks for the second factor all the same', async () => {
    await signIn()
    const secret = await tab.evaluate(async () => (await page.auth.enrollTotp()).secret)
    const codes = await tab.evaluate(
      async (code) => (await page.auth.confirmTotp(code)).recovery_codes,
      totpAt(secret, Date.now()),
    )
    await logOut()
    await leave('login')
    expect(await comeBack()).toMatchObject({
      outcome: { mfa_required: true, methods: ['totp', 'recovery_code'] },
    })
    expect(await tab.evaluate(() => page.auth.isLoggedIn())).toBe(false)
    await tab.evaluate(async (recovery_code) => {
      const outcome = await page.completed
      if (outcome?.intent !== 'login' || !outcome.mfa_required) throw new Error('none is asked for')
      await outcome.verify({ recovery_code })
    }, codes[0] ?? '')
    expect((await claims()).acr).toBe('aal2')
  })

  it('shows nobody a token or the cookie: not in a URL, not by a referrer', async () => {
    const [seenBefore, servedBefore] = [stage.peer.seen.length, stage.seen.length]
    const urls: string[] = []
    const cookies: string[] = []
    const policies: (string | undefined)[] = []
    const reading: Promise<void>[] = []
    context.on('request', (request) => urls.push(request.url()))
    context.on('response', (response) => {
      if (!response.url().startsWith(stage.api)) return
      reading.push(
        response.headersArray().then((headers) => {
          for (const { name, value } of headers) {
            if (name.toLowerCase() === 'set-cookie') cookies.push(value)
          }
          if (!response.url().includes('/callback')) return
          policies.push(headers.find(({ name }) => name.toLowerCase() === 'referrer-policy')?.value)
        }),
      )
    })
    await signIn()
    await Promise.all(reading)

    expect(policies).toEqual(['no-referrer'])
    const [set = '', again, gone = ''] = cookies
    const attributes = set
      .split('; ')
      .slice(1)
      .map((one) => one.toLowerCase())
    expect(set).toMatch(/^ea_oauth=[\w-]{43}; /)
    expect(attributes.toSorted()).toEqual(['httponly', 'max-age=600', 'path=/', 'samesite=lax'])
    expect(gone).toMatch(/^ea_oauth=; .*Max-Age=0/i)
    // The callback lets it live on for the exchange.
    expect([again, cookies.length]).toEqual([set, 3])
    const kept = await context.cookies(stage.api)
    expect(kept.filter(({ name }) => name.includes('ea_oauth'))).toEqual([])

    const secret = /=([\w-]+);/.exec(set)?.[1] ?? ''
    const tokens = await tab.evaluate(() => [page.accessToken() ?? '', page.refreshToken() ?? ''])
    const byReferrer = [
      ...stage.peer.seen.slice(seenBefore),
      ...stage.seen.slice(servedBefore),
    ].flatMap(({ url, referer }) => [url, referer ?? ''])
    expect(urls.some((url) => url.includes('/return?'))).toBe(true)
    for (const url of [...urls, ...byReferrer]) {
      for (const one of [secret, ...tokens]) expect(url).not.toContain(one)
      expect(url).not.toMatch(/eyJ|access_token|id_token|refresh_token|code_verifier/)
    }
    // The page is not told where the browser came from, nor the provider what is in the page's address.
    const [returned] = stage.seen.slice(servedBefore).filter(({ url }) => url.startsWith('/return'))
    expect(returned?.referer).toBeUndefined()
  })
})
