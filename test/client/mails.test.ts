import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AuthClient, AuthError } from '../../client/index.ts'
import { PASSWORD, type Person, type TestApp } from '../support/app.ts'
import { invited } from '../support/invitations.ts'
import { subjectsTo, tokenTo } from '../support/links.ts'
import { uniqueName } from '../support/names.ts'
import { createTestApp } from '../support/runtime.ts'
import { humanToken, withTurnstile } from '../support/turnstile.ts'
import { busy, createBrowser, loseAnswer, offline, PORTALS } from './support.ts'

const NEW_PASSWORD = 'another fine battery'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp({ env: { ACCESS_TOKEN_EXPIRE_MINUTES: '1' } })
})
afterAll(() => t.close())

let browser: ReturnType<typeof createBrowser>
let tab: AuthClient
let otherTab: AuthClient
let person: Person
beforeEach(async () => {
  browser = createBrowser(t)
  tab = browser.tab()
  otherTab = browser.tab()
  person = await t.signup()
  await login(tab)
})

const login = (client: AuthClient, password = PASSWORD) =>
  client.login({ username_or_email: person.username, password })
const tokenFor = (page: string, address = person.email) => tokenTo(t, address, page)

/** What the access token says, without asking anybody. */
async function claims(client: AuthClient): Promise<Record<string, unknown>> {
  const [, payload = ''] = (await client.accessToken())?.split('.') ?? []
  return JSON.parse(Buffer.from(payload, 'base64url').toString())
}

describe('verifying', () => {
  it('is told by the next access token at once, in every tab', async () => {
    expect(await claims(tab)).toMatchObject({ email_verified: false })
    await tab.verifyEmail(await tokenFor('/verify-email'))
    expect(await claims(otherTab)).toMatchObject({ email_verified: true })
    expect((await otherTab.me()).email_verified).toBe(true)
    expect(browser.loggedOut()).toBe(0)
  })

  it('needs no log-in, and asks nobody for tokens then', async () => {
    const stranger = createBrowser(t)
    await stranger.tab().verifyEmail(await tokenFor('/verify-email'))
    expect(stranger.sent).toHaveLength(1)
    expect((await tab.me()).email_verified).toBe(true)
  })

  it('has another mail sent, to the user or to an email', async () => {
    const first = await tokenFor('/verify-email')
    await tab.requestVerification()
    const second = await tokenFor('/verify-email')
    const stranger = createBrowser(t).tab()
    await stranger.requestVerification(person.email)
    const third = await tokenFor('/verify-email')
    for (const old of [first, second]) {
      await expect(tab.verifyEmail(old)).rejects.toMatchObject({ code: 'one_time_token_invalid' })
    }
    await tab.verifyEmail(third)
    await expect(stranger.requestVerification()).rejects.toMatchObject({ code: 'token_missing' })
  })

  it('keeps the log-in where the new tokens do not come', async () => {
    const token = await tokenFor('/verify-email')
    browser.faults.push(
      (request, pass) => pass(request),
      ...Array.from({ length: 20 }, () => offline),
    )
    await tab.verifyEmail(token)
    browser.faults.length = 0
    expect((await tab.me()).email_verified).toBe(true)
    expect(browser.loggedOut()).toBe(0)
  })
})

describe('a service that requires verified emails', () => {
  const input = () => {
    const name = `v${crypto.randomUUID().slice(0, 8)}`
    return { username: name, email: `${name}@example.org`, password: PASSWORD }
  }

  it('says the same for a new account and a taken email, and how to go on', async () => {
    const strict = await t.beside({ env: { REQUIRE_VERIFIED_EMAIL: 'true' } })
    const client = createBrowser(strict).tab()
    const newcomer = input()
    const { username } = newcomer
    for (const wanted of [
      newcomer,
      { ...input(), email: person.email },
      { ...input(), username },
    ]) {
      expect(await client.signup(wanted)).toEqual({ verification_required: true })
    }

    const own = { username_or_email: newcomer.username, password: PASSWORD }
    await expect(client.login(own)).rejects.toMatchObject({
      name: 'AuthError',
      status: 403,
      code: 'email_not_verified',
    })
    expect(client.isLoggedIn()).toBe(false)
    await client.requestVerification(newcomer.email)
    await client.verifyEmail(await tokenTo(strict, newcomer.email, '/verify-email'))
    expect(client.isLoggedIn()).toBe(false)
    await client.login(own)
    expect((await client.me()).email_verified).toBe(true)
  })

  it('is told from others by one field', async () => {
    const answer = await tab.signup(input())
    if ('verification_required' in answer) throw new Error('this service requires nothing')
    expect(answer.email_verified).toBe(false)
  })
})

it('brings an invitation and challenges to a service that asks for them', async () => {
  const strict = await t.beside({ env: { SIGNUP: 'invite', ...withTurnstile() } })
  const client = createBrowser(strict).tab()
  const username = uniqueName()
  const own = { username, email: `${username}@example.org`, password: PASSWORD }
  const missing = ['/invitation', '/turnstile_token']
  const refused = await client.signup(own).catch((error: AuthError) => error)
  expect((refused as AuthError).errors.map(({ pointer }) => pointer)).toEqual(missing)

  const { token: invitation } = await invited(strict)
  await client.signup({ ...own, invitation, turnstile_token: humanToken() })
  await client.login({ username_or_email: username, password: PASSWORD })
  await expect(client.forgotPassword(own.email)).rejects.toMatchObject({
    code: 'validation_failed',
  })
  await client.forgotPassword(own.email, { turnstile_token: humanToken() })
  expect(await tokenTo(strict, own.email, '/reset-password')).not.toBe('')
})

describe('a reset of the password', () => {
  it('ends this log-in too, in all tabs, and each is told', async () => {
    const told: [string, boolean][] = []
    tab.onChange((isLoggedIn) => told.push(['tab', isLoggedIn]))
    otherTab.onChange((isLoggedIn) => told.push(['other tab', isLoggedIn]))
    await tab.forgotPassword(person.email)
    const token = await tokenFor('/reset-password')
    await tab.resetPassword({ token, new_password: NEW_PASSWORD })
    expect([tab.isLoggedIn(), otherTab.isLoggedIn()]).toEqual([false, false])
    expect(browser.storage.getItem(browser.key)).toBeNull()
    expect(told).toEqual([
      ['tab', false],
      ['other tab', false],
    ])
    expect(browser.loggedOut()).toBe(2)
    expect(browser.count('/auth/logout')).toBe(0)
    await expect(tab.me()).rejects.toMatchObject({ code: 'token_missing' })
    await expect(login(tab)).rejects.toMatchObject({ code: 'invalid_credentials' })
    await login(tab, NEW_PASSWORD)
    expect((await tab.me()).email_verified).toBe(true)
    expect(await subjectsTo(t, person.email)).toHaveLength(3)
  })

  it('that nobody could be asked about ends the log-in at the next call', async () => {
    await tab.forgotPassword(person.email)
    const token = await tokenFor('/reset-password')
    browser.faults.push(
      (request, pass) => pass(request),
      ...Array.from({ length: 20 }, () => offline),
    )
    await tab.resetPassword({ token, new_password: NEW_PASSWORD })
    browser.faults.length = 0
    expect(tab.isLoggedIn()).toBe(true)
    await expect(tab.me()).rejects.toMatchObject({ code: 'token_invalid' })
    expect(tab.isLoggedIn()).toBe(false)
    expect(browser.loggedOut()).toBe(2)
  })

  it('of somebody else ends nobody’s log-in here', async () => {
    const other = await t.signup()
    await tab.forgotPassword(other.email)
    const token = await tokenFor('/reset-password', other.email)
    await tab.resetPassword({ token, new_password: NEW_PASSWORD })
    expect((await tab.me()).username).toBe(person.username)
    expect(browser.loggedOut()).toBe(0)
  })

  it('that is refused leaves all as it is, and asks for no tokens', async () => {
    await tab.forgotPassword(person.email)
    const token = await tokenFor('/reset-password')
    const sent = browser.sent.length
    const refused = { code: 'validation_failed', errors: [{ pointer: '/new_password' }] }
    await expect(tab.resetPassword({ token, new_password: person.username })).rejects.toMatchObject(
      refused,
    )
    await expect(
      tab.resetPassword({ token: `${token}x`, new_password: NEW_PASSWORD }),
    ).rejects.toMatchObject({ status: 400, code: 'one_time_token_invalid' })
    expect(browser.sent).toHaveLength(sent + 2)
    await tab.me()
    await tab.resetPassword({ token, new_password: NEW_PASSWORD })
  })
})

describe('a change of the email', () => {
  const newEmail = () => `new-${person.email}`
  beforeEach(async () => {
    await tab.changeEmail({ new_email: newEmail(), current_password: PASSWORD })
  })

  it('is told by the next access token at once; its undoing ends all log-ins', async () => {
    // Else nobody there could undo anything.
    await tab.verifyEmail(await tokenFor('/verify-email'))
    expect((await tab.me()).email).toBe(person.email)
    await tab.confirmEmail(await tokenFor('/confirm-email', newEmail()))
    expect(await claims(otherTab)).toMatchObject({ email: newEmail(), email_verified: true })
    const elsewhere = createBrowser(t).tab()
    await login(elsewhere)
    await createBrowser(t)
      .tab()
      .undoEmailChange(await tokenFor('/undo-email-change'))
    await expect(elsewhere.me()).rejects.toMatchObject({ code: 'token_invalid' })
    await expect(tab.me()).rejects.toMatchObject({ code: 'token_invalid' })
    expect([tab.isLoggedIn(), otherTab.isLoggedIn()]).toEqual([false, false])
  })

  it('that is undone here logs out here', async () => {
    // Else nobody there could undo anything.
    await tab.verifyEmail(await tokenFor('/verify-email'))
    await tab.confirmEmail(await tokenFor('/confirm-email', newEmail()))
    await tab.undoEmailChange(await tokenFor('/undo-email-change'))
    expect([tab.isLoggedIn(), otherTab.isLoggedIn()]).toEqual([false, false])
    await login(tab)
    expect((await tab.me()).email).toBe(person.email)
  })

  it('asks for the current password; a wrong one ends no session', async () => {
    const wrong = { new_email: newEmail(), current_password: 'not this one' }
    await expect(tab.changeEmail(wrong)).rejects.toMatchObject({ code: 'invalid_credentials' })
    expect(browser.count('/auth/refresh')).toBe(0)
    await tab.me()
  })
})

describe('the deletion of the account', () => {
  it('logs out here and in other tabs, with no log-out at the service', async () => {
    const told: boolean[] = []
    otherTab.onChange((isLoggedIn) => told.push(isLoggedIn))
    browser.pass(61)
    await tab.deleteAccount({ current_password: PASSWORD })
    expect(browser.count('/auth/refresh')).toBe(1)
    expect(browser.count('/auth/me')).toBe(1)
    expect([tab.isLoggedIn(), otherTab.isLoggedIn()]).toEqual([false, false])
    expect(told).toEqual([false])
    expect(browser.storage.getItem(browser.key)).toBeNull()
    expect(browser.storage.getItem(`${browser.key}:logouts`)).toBeNull()
    expect(browser.count('/auth/logout')).toBe(0)
    // By the person's own will in this tab, and by somebody else's in the other.
    expect(browser.loggedOut()).toBe(1)
    await expect(login(tab)).rejects.toMatchObject({ code: 'invalid_credentials' })
  })

  it('does nothing by a wrong password', async () => {
    const wrong = { current_password: 'not this one' }
    await expect(tab.deleteAccount(wrong)).rejects.toMatchObject({ code: 'invalid_credentials' })
    expect(tab.isLoggedIn()).toBe(true)
    expect((await tab.me()).username).toBe(person.username)
  })

  it('whose answer is lost logs nobody out before the service says so', async () => {
    browser.faults.push(loseAnswer)
    await expect(tab.deleteAccount({ current_password: PASSWORD })).rejects.toMatchObject({
      name: 'NetworkError',
    })
    expect(tab.isLoggedIn()).toBe(true)
    await expect(tab.me()).rejects.toMatchObject({ code: 'token_invalid' })
    expect(tab.isLoggedIn()).toBe(false)
  })
})

const CALLS: [string, boolean, (client: AuthClient) => Promise<unknown>][] = [
  ['signup', false, (client) => client.signup(person)],
  ['requestVerification', true, (client) => client.requestVerification()],
  ['requestVerification of one', false, (client) => client.requestVerification(person.email)],
  ['verifyEmail', false, (client) => client.verifyEmail('x')],
  ['forgotPassword', false, (client) => client.forgotPassword(person.email)],
  [
    'resetPassword',
    false,
    (client) => client.resetPassword({ token: 'x', new_password: NEW_PASSWORD }),
  ],
  [
    'changeEmail',
    true,
    (client) => client.changeEmail({ new_email: person.email, current_password: PASSWORD }),
  ],
  ['confirmEmail', false, (client) => client.confirmEmail('x')],
  ['undoEmailChange', false, (client) => client.undoEmailChange('x')],
  ['deleteAccount', true, (client) => client.deleteAccount({ current_password: PASSWORD })],
]

describe.each(CALLS)('%s', (_, isAsUser, call) => {
  it.each(Object.entries(PORTALS))('takes %s for no answer of the service', async (_, portal) => {
    browser.faults.push(portal)
    const error = await call(tab).then(
      () => undefined,
      (thrown) => thrown,
    )
    expect(['NetworkError', 'unknown_error']).toContain(error?.code ?? error?.name)
    expect(tab.isLoggedIn()).toBe(true)
    expect(browser.sent.length).toBe(2)
  })

  it('is sent once, though the service is busy, and with no token that it does not need', async () => {
    browser.faults.push(busy({ 'retry-after': '0' }))
    await expect(call(tab)).rejects.toMatchObject({ status: 503 })
    const [, sent, ...others] = browser.sent
    expect(sent?.headers.has('authorization')).toBe(isAsUser)
    expect(others).toEqual([])
  })
})
