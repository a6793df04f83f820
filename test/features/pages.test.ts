import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '../../src/errors.ts'
import { HOSTED_PATHS } from '../../src/features/pages/kit/paths.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { withTotp } from '../support/enrolled.ts'
import {
  expectHostedPage,
  fieldsOf,
  fieldValue,
  policyOf,
  visitor,
} from '../support/hosted-pages.ts'
import { invited } from '../support/invitations.ts'
import { createTestApp } from '../support/runtime.ts'

const RETURN_URL = 'https://app.example.org/signed-in?from=pages'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp({ env: { OAUTH_RETURN_URLS: RETURN_URL } })
})
afterAll(() => t.close())

const browser = () => visitor(() => t)

const login = ({ username, password }: { username: string; password: string }) => ({
  form: 'password',
  username_or_email: username,
  password,
})

describe('the log-in', () => {
  it('opens a session by a cookie, and leads to the account', async () => {
    const person = await t.signup()
    const at = browser()
    await expectHostedPage(await at.open('/login'), 200)
    const answer = await at.send('/login', login(person))
    expect([answer.status, answer.headers.get('location')]).toEqual([303, 'account'])
    const [cookie = ''] = answer.headers.getSetCookie()
    expect(cookie).toMatch(/^ea_session=[^;]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/)
    expect(await expectHostedPage(await at.open('/account'), 200)).toContain(person.username)
    // Who is logged in already need not do it again.
    expect((await at.open('/login')).headers.get('location')).toBe('account')
  })

  it('shows what was refused, keeps the name, and never the password', async () => {
    const person = await t.signup()
    const at = browser()
    const page = await expectHostedPage(
      await at.send('/login', { ...login(person), password: 'a wrong password' }),
      401,
    )
    expect(page).toContain('<title>Error: Log in')
    expect(page).toMatch(/role="alert">Username or password is wrong\./)
    expect(fieldValue(page, 'username_or_email')).toBe(person.username)
    expect(page).not.toContain('a wrong password')
    expect(at.jar.size).toBe(0)
  })

  it('ties what is wrong with a field to it', async () => {
    const page = await expectHostedPage(
      await browser().send('/login', { form: 'password', username_or_email: '', password: '' }),
      422,
    )
    expect(page).toMatch(
      /<input id="password"[^>]*aria-invalid="true"[^>]*aria-describedby="password-error"/,
    )
    expect(page).toContain('<p class="error" id="password-error">')
    expect(page.match(/autofocus/g)).toHaveLength(1)
  })

  it('asks for the second factor with the token in the form, and in no address', async () => {
    const { person, code: codeOfNow } = await withTotp(t)
    const at = browser()
    const asked = await expectHostedPage(await at.send('/login', login(person)), 200)
    expect(at.jar.size).toBe(0)
    const mfa = {
      form: 'totp',
      mfa_token: fieldValue(asked, 'mfa_token') ?? '',
      methods: 'totp recovery_code',
    }
    expect(mfa.mfa_token).not.toBe('')
    expect(asked).not.toMatch(/(?:href|action)="[^"]*token/)
    const refused = await expectHostedPage(await at.send('/mfa', { ...mfa, totp_code: '12' }), 422)
    expect(refused).toContain('id="totp_code-error"')
    expect(fieldValue(refused, 'mfa_token')).toBe(mfa.mfa_token)
    const code = await codeOfNow()
    const done = await at.send('/mfa', { ...mfa, totp_code: code })
    expect([done.status, done.headers.get('location')]).toEqual([303, 'account'])
    expect(at.jar.has('ea_session')).toBe(true)
    // The token works once, and what does not work any more is said and leads back.
    const again = await expectHostedPage(
      await browser().send('/mfa', { ...mfa, totp_code: code }),
      401,
    )
    expect(again).toContain('href="login"')
    expect((await browser().open('/mfa')).headers.get('location')).toBe('login')
  })

  it('by a mailed code takes two steps', async () => {
    const person = await t.signup()
    const at = browser()
    await expectHostedPage(await at.open('/login/code'), 200)
    const asked = await expectHostedPage(
      await at.send('/login/code', { form: 'ask', email: person.email }),
      200,
    )
    const codeToken = fieldValue(asked, 'code_token') ?? ''
    const mails = await t.mailsTo(person.email)
    const code = mails.map(({ text }) => /\b(\d{6})\b/.exec(text)?.[1]).find(Boolean) ?? ''
    const fields = { form: 'verify', code_token: codeToken, email: person.email }
    const wrong = await expectHostedPage(
      await at.send('/login/code', { ...fields, code: 'x' }),
      422,
    )
    expect(fieldValue(wrong, 'code_token')).toBe(codeToken)
    const done = await at.send('/login/code', { ...fields, code })
    expect([done.status, done.headers.get('location')]).toEqual([303, '../account'])
  })
})

describe('the log-out', () => {
  it('ends the session and has the browser forget it', async () => {
    const person = await t.signup()
    const at = browser()
    await at.send('/login', login(person))
    const former = at.jar.get('ea_session')
    await expectHostedPage(await at.open('/logout'), 200)
    expect(at.jar.get('ea_session')).toBe(former)
    expect(await expectHostedPage(await at.send('/logout', { form: 'logout' }), 200)).toContain(
      'You are logged out',
    )
    expect(at.jar.has('ea_session')).toBe(false)
    at.jar.set('ea_session', former ?? '')
    expect((await at.open('/account')).headers.get('location')).toBe('login?return_to=%2Faccount')
  })
})

describe('the sign-up', () => {
  const wanted = () => {
    const username = `p${crypto.randomUUID().slice(0, 8)}`
    return { form: 'signup', username, email: `${username}@example.org`, password: PASSWORD }
  }

  it('makes an account and logs in', async () => {
    const at = browser()
    await expectHostedPage(await at.open('/signup'), 200)
    const answer = await at.send('/signup', wanted())
    expect([answer.status, answer.headers.get('location')]).toEqual([303, 'account'])
    expect(at.jar.has('ea_session')).toBe(true)
  })

  it('says what is wrong at each field, and keeps all but the password', async () => {
    const { username, email } = await t.signup()
    const page = await expectHostedPage(
      await browser().send('/signup', {
        ...wanted(),
        username: 'a b',
        email: 'x',
        password: 'password123',
      }),
      422,
    )
    for (const name of ['username', 'email', 'password'])
      expect(page).toContain(`id="${name}-error"`)
    expect([fieldValue(page, 'username'), fieldValue(page, 'email')]).toEqual(['a b', 'x'])
    expect(fieldValue(page, 'password')).toBeUndefined()
    const taken = await expectHostedPage(
      await browser().send('/signup', { ...wanted(), username, email }),
      409,
    )
    expect(taken).toContain('This username is taken.')
    expect(taken).toContain('There is an account with this email address already.')
  })

  it('where addresses are confirmed first says the same of every address', async () => {
    const strict = await t.beside({ env: { REQUIRE_VERIFIED_EMAIL: 'true' } })
    const { email } = await t.signup()
    const said = async (address: string) => {
      const at = browser()
      const fields = { ...wanted(), email: address }
      const page = await expectHostedPage(await at.send('/signup', fields, {}, strict), 200)
      expect(at.jar.size).toBe(0)
      return page.replaceAll(address, '…')
    }
    expect(await said(email)).toBe(await said(wanted().email))
  })

  it('is closed, or for who is invited, as the configuration says', async () => {
    const closed = await t.beside({ env: { SIGNUP: 'closed' } })
    expect(await expectHostedPage(await browser().open('/signup', {}, closed), 403)).not.toContain(
      '<form',
    )
    expect(await (await browser().open('/login', {}, closed)).text()).not.toContain('href="signup"')
    const home = await closed.request('/', { headers: { accept: 'text/html' } })
    expect(await home.text()).not.toContain('href="signup"')
    const invite = await t.beside({ env: { SIGNUP: 'invite' } })
    const page = await expectHostedPage(
      await browser().open('/signup?invitation=a.b', {}, invite),
      200,
    )
    expect(page).toMatch(/<input id="invitation"[^>]*value="a\.b"/)
    const refused = await expectHostedPage(
      await browser().send('/signup', { ...wanted(), invitation: '' }, {}, invite),
      422,
    )
    expect(refused).toContain('id="invitation-error"')
  })

  it('by an invitation that came with the address sends it once', async () => {
    const invite = await t.beside({ env: { SIGNUP: 'invite' } })
    const at = browser()
    const { token } = await invited(invite)
    const opened = await at.open(`/signup?invitation=${token}`, {}, invite)
    const typed = Object.entries(wanted())
    const kept = fieldsOf(await expectHostedPage(opened, 200), 'signup').filter(
      ([name]) => !typed.some(([one]) => one === name),
    )
    expect((await at.send('/signup', [...kept, ...typed], {}, invite)).status).toBe(303)
  })
})

describe('the pages that have a mail sent', () => {
  it.each([
    ['/forgot-password', 'choose a new password'],
    ['/verify-email/again', 'confirm your email'],
  ])('%s says the same whether there is an account or not', async (path, subject) => {
    const { email } = await t.signup()
    const nobody = `nobody-${crypto.randomUUID().slice(0, 8)}@example.org`
    await expectHostedPage(await browser().open(path), 200)
    const said = async (address: string) =>
      (
        await expectHostedPage(await browser().send(path, { form: 'mail', email: address }), 200)
      ).replaceAll(address, '…')
    expect(await said(email)).toBe(await said(nobody))
    expect((await t.mailsTo(email))[0]?.subject).toContain(subject)
    expect(await t.mailsTo(nobody)).toEqual([])
    expect(
      await expectHostedPage(await browser().send(path, { form: 'mail', email: 'x' }), 422),
    ).toContain('id="email-error"')
  })
})

describe('a form', () => {
  const ELSEWHERE = 'https://elsewhere.example'
  it.each([
    ['another origin', { origin: ELSEWHERE }],
    ['an origin of COOKIE_ORIGINS or CORS_ORIGINS', { origin: 'https://app.example.org' }],
    ['no origin', { origin: undefined }],
    ['an opaque origin', { origin: 'null' }],
    ['a sibling subdomain', { 'sec-fetch-site': 'same-site' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['no page', { 'sec-fetch-site': 'none' }],
  ])('of %s is refused, and nobody is logged in', async (_, headers) => {
    const person = await t.signup()
    const at = browser()
    const page = await expectHostedPage(await at.send('/login', login(person), headers), 403)
    expect(page).toContain('The form came from another site')
    expect(at.jar.size).toBe(0)
  })

  it('of an old browser, which says no site, is taken by its origin', async () => {
    const person = await t.signup()
    expect(
      (await browser().send('/login', login(person), { 'sec-fetch-site': undefined })).status,
    ).toBe(303)
  })

  it('of its own page that is refused for a wrong PUBLIC_URL says so in the log', async () => {
    const told = () => t.log.filter(({ event }) => event === 'form_refused').length
    const fields = { form: 'mail', email: 'x' }
    const before = told()
    await browser().send('/forgot-password', fields, { origin: 'https://auth.example.org' })
    expect(told()).toBe(before + 1)
    expect(JSON.stringify(t.log)).toContain('PUBLIC_URL is not the address')
    const foreign = { origin: ELSEWHERE, 'sec-fetch-site': 'cross-site' }
    await browser().send('/forgot-password', fields, foreign)
    expect(told()).toBe(before + 1)
  })

  it.each([
    ['application/json', 415],
    ['text/plain', 415],
    ['multipart/form-data; boundary=x', 415],
  ])('of type %s is refused', async (type, status) => {
    const person = await t.signup()
    const at = browser()
    await expectHostedPage(await at.send('/login', login(person), { 'content-type': type }), status)
    expect(at.jar.size).toBe(0)
  })

  it('without a name, of an unknown one, or with a field twice is refused', async () => {
    for (const form of ['', 'none', 'constructor', '__proto__']) {
      await expectHostedPage(await browser().send('/login', { form }), 400)
    }
    const twice: [string, string][] = [
      ['form', 'password'],
      ['form', 'passkey'],
    ]
    await expectHostedPage(await browser().send('/login', twice), 400)
  })

  it('is counted against the same limits as the API', async () => {
    const few = await t.beside({ env: { RATE_LIMITS: 'login_client=2/60s' } })
    const at = browser()
    const fields = {
      form: 'password',
      username_or_email: 'nobody-at-all',
      password: 'wrong password',
    }
    const statuses = []
    for (let tries = 0; tries < 3; tries++) {
      statuses.push(
        (await at.send('/login', fields, { 'x-test-address': '203.0.113.77' }, few)).status,
      )
    }
    expect(statuses).toEqual([401, 401, 429])
  })
})

describe('to open a page', () => {
  it('changes nothing, whatever the address holds', async () => {
    const person = await t.signup()
    const at = browser()
    await at.send('/login', login(person))
    const query = new URLSearchParams({ ...login(person), code: 'x', mfa_token: 'x' })
    for (const path of HOSTED_PATHS) {
      const before = at.jar.get('ea_session')
      expect((await at.open(`${path}?${query}`)).status).toBeLessThan(500)
      expect(at.jar.get('ea_session')).toBe(before)
    }
    expect((await at.open('/account')).status).toBe(200)
  })

  it('from another site, without the cookie that this hides, loads it once more', async () => {
    const at = browser()
    const answer = await at.open('/account', { 'sec-fetch-site': 'cross-site' })
    await expectHostedPage(answer, 200)
    expect(answer.headers.get('refresh')).toBe('0; url=account?again=1')
    expect((await at.open('/account', { 'sec-fetch-site': 'same-origin' })).status).toBe(303)
    // And never twice: some browsers say of that too that it is from another site.
    const again = await at.open('/account?again=1', { 'sec-fetch-site': 'cross-site' })
    expect(again.headers.get('location')).toBe('login?return_to=%2Faccount')
    const withCookie = await at.open('/account', {
      'sec-fetch-site': 'cross-site',
      cookie: 'ea_session=x',
    })
    expect(withCookie.status).toBe(303)
  })
})

it('a page that cannot be shown now says when to try again', async () => {
  const busy = await t.beside({})
  busy.deps.providers = {
    find: () => undefined,
    get list(): never {
      throw new AppError('service_unavailable')
    },
  }
  const answer = await browser().open('/login', {}, busy)
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  await expectHostedPage(answer, 503)
})

describe('return_to', () => {
  it.each([
    ['/account', 'account'],
    ['/logout', 'logout'],
  ])('leads to the page %s', async (path, location) => {
    const person = await t.signup()
    const at = browser()
    const page = await expectHostedPage(await at.open(`/login?return_to=${path}`), 200)
    expect(fieldValue(page, 'return_to')).toBe(path)
    expect(page).toContain(`href="signup?return_to=${encodeURIComponent(path)}"`)
    const answer = await at.send('/login', { ...login(person), return_to: path })
    expect(answer.headers.get('location')).toBe(location)
  })

  it('leads to an app of the list, by no redirect after a form', async () => {
    const person = await t.signup()
    const at = browser()
    const answer = await at.send('/login', { ...login(person), return_to: RETURN_URL })
    const page = await expectHostedPage(answer, 200)
    expect(answer.headers.get('refresh')).toBe(`0; url=${RETURN_URL}`)
    expect(page).toContain(`href="${RETURN_URL}"`)
  })

  it.each([
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https:evil.example',
    'https:/evil.example',
    'https://evil.example/account',
    'http://localhost:8000/account',
    'javascript:alert(1)',
    'data:text/html,x',
    '/account@evil.example',
    '//account',
    '/account/../../evil',
    '/account%2f..',
    '/%2faccount',
    '/account?next=//evil.example',
    '/account#x',
    '/Account',
    '/account/',
    ' /account',
    '/account\t',
    '/acc\nount',
    '/account\r\nlocation: https://evil.example',
    '/account．',
    '／account',
    'account',
    '.',
    '/auth/logout',
    '/docs',
    RETURN_URL.replace('app.', 'APP.'),
    RETURN_URL.replace('https:', 'http:'),
    `${RETURN_URL}&x=1`,
    `${RETURN_URL}#x`,
    RETURN_URL.replace('app.example.org', 'app.example.org@evil.example'),
    RETURN_URL.replace('app.example.org', 'user@app.example.org'),
    RETURN_URL.replace('app.example.org', 'app.example.org.evil.example'),
    RETURN_URL.replace('app.example.org', 'app.example.org:444'),
    RETURN_URL.replace('app.example.org', 'app。example.org'),
    RETURN_URL.replace('/signed-in', '/%73igned-in'),
    RETURN_URL.slice(0, -1),
    'https://app.example.org/',
  ])('of %j is refused, by an address and by a form', async (returnTo) => {
    const person = await t.signup()
    const at = browser()
    for (const path of ['/login', '/signup', '/login/code', '/forgot-password']) {
      const opened = await at.open(`${path}?${new URLSearchParams({ return_to: returnTo })}`)
      expect(await expectHostedPage(opened, 400)).not.toContain('evil')
    }
    const sent = await at.send('/login', { ...login(person), return_to: returnTo })
    await expectHostedPage(sent, 400)
    expect(at.jar.size).toBe(0)
  })

  it('twice, or beside another one, is refused', async () => {
    const at = browser()
    await expectHostedPage(await at.open('/login?return_to=/account&return_to=//evil'), 400)
    await expectHostedPage(await at.open('/login?return_to=//evil&return_to=/account'), 400)
  })
})

describe('the way back from a provider', () => {
  it('says what went wrong to the browser that was there alone', async () => {
    const address = '/login/provider?error=account_disabled'
    const anybody = await expectHostedPage(await browser().open(address), 200)
    expect(anybody).toContain('or was begun in another browser')
    const back = await browser().open(address, { cookie: 'ea_trip=' })
    expect(await expectHostedPage(back, 200)).toContain('This account is disabled.')
    // By another name there may be TLS, and then the cookie is named as that of the session is.
    const cookie = '__Host-Http-ea_trip='
    const byTls = await browser().open(`https://tunnel.example${address}`, { cookie })
    expect(await expectHostedPage(byTls, 200)).toContain('This account is disabled.')
  })

  it('is refused at the one button that was pressed', async () => {
    const two = await t.beside({})
    const list = ['google', 'github'].map((id) => ({ id, name: id }))
    two.deps.providers = { list, find: () => undefined }
    const fields = { form: 'provider', provider: 'github' }
    const answer = await browser().send('/login', fields, {}, two)
    const page = await expectHostedPage(answer, 404)
    expect(page.match(/role="alert"/g)).toHaveLength(1)
    expect(page).toMatch(/value="github"\/?><p class="notice bad" role="alert">/)
  })

  it.each(['.', '..'])('is not begun by a name that is another path: %s', async (provider) => {
    await expectHostedPage(await browser().send('/login', { form: 'provider', provider }), 400)
  })
})

describe('what was typed', () => {
  const HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\'--'

  it('is text on every page that shows it again', async () => {
    const at = browser()
    const forms = [
      ['/login', { form: 'password', username_or_email: HOSTILE, password: HOSTILE }],
      ['/signup', { form: 'signup', username: HOSTILE, email: HOSTILE, password: HOSTILE }],
      ['/forgot-password', { form: 'mail', email: HOSTILE }],
      ['/login/code', { form: 'ask', email: HOSTILE }],
      ['/login/code', { form: 'verify', email: HOSTILE, code_token: HOSTILE, code: HOSTILE }],
      [
        '/mfa',
        { form: 'totp', mfa_token: HOSTILE, methods: `totp ${HOSTILE}`, totp_code: HOSTILE },
      ],
      ['/login/provider', { form: 'exchange', code: HOSTILE }],
    ] as const
    for (const [path, fields] of forms) {
      const answer = await at.send(path, fields)
      const page = await expectHostedPage(answer, answer.status)
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(page).not.toMatch(/<script>|<img/)
    }
    const addresses = [
      '/login?x',
      '/signup?invitation',
      '/login/provider?code',
      '/login/provider?error',
    ]
    for (const address of addresses) {
      const answer = await at.open(`${address}=${encodeURIComponent(HOSTILE)}`)
      expect(await expectHostedPage(answer, answer.status)).not.toMatch(/<script>|<img/)
    }
  })
})

describe('how the pages look', () => {
  it('follows the configuration: name, logo and accent', async () => {
    const named = await t.beside({
      env: {
        PROJECT_NAME: 'Ada & <Co>',
        PAGES_LOGO_URL: 'https://cdn.example.org/logo.svg?a=1&b=2',
        PAGES_ACCENT_COLOR: '#ffdd00',
      },
    })
    for (const path of ['/login', '/verify-email?token=a.b']) {
      const answer = await browser().open(path, {}, named)
      const page = await answer.text()
      expect(page).toContain(
        '<img src="https://cdn.example.org/logo.svg?a=1&amp;b=2" alt="">Ada &amp; &lt;Co&gt;',
      )
      expect(policyOf(answer)['img-src']).toEqual(['data:', 'https://cdn.example.org'])
      // Yellow is too light to be read on a light page, and not on a dark one.
      const links = Array.from(page.matchAll(/--link: (#[\da-f]{6})/g), ([, color]) => color)
      expect(links.slice(2)).toEqual([expect.not.stringMatching('#ffdd00'), '#ffdd00'])
    }
  })

  it('is German where the browser wants that', async () => {
    const page = await expectHostedPage(
      await browser().open('/login', { 'accept-language': 'de' }),
      200,
    )
    expect(page).toContain('<html lang="de">')
    expect(page).toContain('Passwort vergessen?')
  })

  it('has a widget where people are told from programs, and its origin alone in the policy', async () => {
    const guarded = await t.beside({
      env: {
        TURNSTILE_SECRET_KEY: '1x0000000000000000000000000000000AA',
        TURNSTILE_SITE_KEY: '1x00000000000000000000AA',
      },
    })
    const answer = await browser().open('/signup', {}, guarded)
    const page = await answer.text()
    expect(page).toContain('data-sitekey="1x00000000000000000000AA"')
    expect(page).toMatch(/<noscript><p[^>]*>[^<]*needs JavaScript/)
    const widget = 'https://challenges.cloudflare.com'
    expect(policyOf(answer)).toMatchObject({
      'script-src': ["'self'", widget],
      'frame-src': [widget],
    })
    expect(policyOf(await browser().open('/login', {}, guarded))['frame-src']).toBeUndefined()
  })
})

describe('with HOSTED_PAGES=false', () => {
  it('the pages are not there, and mails lead to the app', async () => {
    const off = await t.beside({ env: { HOSTED_PAGES: 'false' } })
    for (const path of [...HOSTED_PATHS, '/pages.js']) {
      for (const method of ['GET', 'POST']) {
        expect((await off.request(path, { method })).status).toBe(404)
      }
    }
    // Without an app there is nobody else to open what mails link to.
    expect((await off.request('/verify-email?token=a.b')).status).toBe(200)
    const app = { HOSTED_PAGES: 'false', APP_BASE_URL: 'http://localhost:3000' }
    const elsewhere = await t.beside({ env: app })
    expect((await elsewhere.request('/verify-email?token=a.b')).status).toBe(404)
    const start = await (await off.request('/', { headers: { accept: 'text/html' } })).text()
    expect(start).not.toContain('href="login"')
  })
})

it('other methods are told what there is', async () => {
  const answer = await t.request('/login', { method: 'PUT' })
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, OPTIONS'])
  expect((await t.request('/login', { method: 'HEAD' })).status).toBe(200)
})
