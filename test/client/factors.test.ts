import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AuthError } from '../../client/index.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { codeTo, otherThan } from '../support/codes.ts'
import { codeOf, enrolledPerson, forgetStep, wrongCode } from '../support/factors.ts'
import { createTestApp } from '../support/runtime.ts'
import { setUser } from '../support/sessions.ts'
import { createBrowser, loseAnswer } from './support.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

/** The refusal of a call that must fail. */
async function refusal(pending: Promise<unknown>): Promise<AuthError> {
  const error = await pending.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(AuthError)
  return error as AuthError
}

const claimsOf = async (client: { accessToken(): Promise<string | undefined> }) =>
  decodeJwt((await client.accessToken()) ?? '')

/** Makes the proofs of somebody's sessions older than any sudo allows. */
const grownOld = (person: { username: string }) =>
  t.column(`update edge_auth.sessions set authenticated_at = authenticated_at - interval '1 hour',
    second_factor_at = second_factor_at - interval '1 hour', created_at = created_at - interval '1 hour'
    where user_id = (select id from edge_auth.users where username_key = lower('${person.username}')) returning id::text`)

/** Somebody who is logged in here by two factors. */
async function enrolledHere() {
  // Whose clock is its own, for some let time go by.
  const browser = createBrowser(await t.beside({}))
  const client = browser.tab()
  const person = await t.signup()
  await client.login({ username_or_email: person.username, password: PASSWORD })
  const { otpauth_uri: uri } = await client.enrollTotp()
  const { recovery_codes: codes } = await client.confirmTotp(codeOf(t, uri))
  return { browser, client, person, uri, codes }
}

describe('a log-in that lacks its second factor', () => {
  it('keeps nothing, and goes on by verify', async () => {
    const person = await enrolledPerson(t)
    await forgetStep(t, person)
    const { tab, storage, key } = createBrowser(t)
    const client = tab()
    const told: boolean[] = []
    client.onChange((isLoggedIn) => told.push(isLoggedIn))
    const pending = await client.login({ username_or_email: person.username, password: PASSWORD })
    if (!pending.mfa_required) throw new Error('no second factor is asked for')
    expect(pending).toMatchObject({ methods: ['totp', 'recovery_code'], expires_in: 300 })
    expect([client.isLoggedIn(), storage.getItem(key), told]).toEqual([false, null, []])
    const wrong = await refusal(pending.verify({ totp_code: wrongCode(t, person.uri) }))
    expect(wrong.code).toBe('factor_refused')
    expect(client.isLoggedIn()).toBe(false)
    const outcome = await pending.verify({ totp_code: codeOf(t, person.uri) })
    expect(outcome).toEqual({ mfa_required: false, password_breached: false })
    expect(await claimsOf(client)).toMatchObject({ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] })
    expect(told).toEqual([true])
  })

  it('goes on in another tab, by its token', async () => {
    const person = await enrolledPerson(t)
    const { tab } = createBrowser(t)
    const [one, other] = [tab(), tab()]
    const pending = await one.login({ username_or_email: person.username, password: PASSWORD })
    if (!pending.mfa_required) throw new Error('no second factor is asked for')
    const [recovery_code = ''] = person.codes
    await other.verifyMfa({ mfa_token: pending.mfa_token, recovery_code })
    expect(one.isLoggedIn()).toBe(true)
    expect((await one.me()).username).toBe(person.username)
  })
})

it('a mailed code logs in', async () => {
  const person = await t.signup()
  await setUser(t, person, 'email_verified_at = now()')
  const client = createBrowser(t).tab()
  const { code_token } = await client.requestCode(person.email)
  const code = await codeTo(t, person.email)
  const wrong = await refusal(client.logInWithCode({ code_token, code: otherThan(code) }))
  expect(wrong.code).toBe('factor_refused')
  const outcome = await client.logInWithCode({ code_token, code })
  expect(outcome).toEqual({ mfa_required: false, password_breached: false })
  expect((await client.me()).username).toBe(person.username)
})

describe('an authenticator app', () => {
  it('is set up and removed, and other recovery codes are made', async () => {
    const { client, codes } = await enrolledHere()
    expect(codes).toHaveLength(10)
    expect(await client.factors()).toMatchObject({
      totp: { created_at: expect.any(String) },
      passkeys: [],
      recovery_codes_left: 10,
    })
    const others = await client.replaceRecoveryCodes()
    expect(others.filter((code) => codes.includes(code))).toEqual([])
    await client.removeTotp()
    expect(await client.factors()).toEqual({ totp: null, passkeys: [], recovery_codes_left: 0 })
  })

  it('raises the session of this tab and of the others', async () => {
    const { browser, client } = await enrolledHere()
    expect(await claimsOf(client)).toMatchObject({ acr: 'aal2' })
    const other = browser.tab()
    expect(await claimsOf(other)).toMatchObject({ acr: 'aal2' })
    browser.pass(86_000)
    expect((await other.me()).username).toBeTruthy()
    expect((await client.me()).username).toBeTruthy()
    expect(browser.loggedOut()).toBe(0)
  })
})

describe('a step-up', () => {
  it('is asked for by an error that says what is wanted, and done by reauth', async () => {
    const { client, person, codes } = await enrolledHere()
    await grownOld(person)
    const asked = await refusal(client.replaceRecoveryCodes())
    expect(asked).toMatchObject({ code: 'step_up_required', acrValues: 'aal2', maxAgeSeconds: 600 })
    const [recovery_code = ''] = codes
    await client.reauth({ recovery_code })
    expect(await client.replaceRecoveryCodes()).toHaveLength(10)
  })

  it('says nothing of it with another refusal', async () => {
    const { client } = await enrolledHere()
    const other = await refusal(client.reauth({ recovery_code: 'none' }))
    expect(other).toMatchObject({ code: 'factor_refused', acrValues: undefined })
    expect(client.isLoggedIn()).toBe(true)
  })

  it('in one tab lets the other go on, which refreshes at the same time', async () => {
    const { browser, client, codes } = await enrolledHere()
    const other = browser.tab()
    const [recovery_code = ''] = codes
    const before = await client.accessToken()
    browser.pass(86_399)
    await Promise.all([client.reauth({ recovery_code }), other.me(), other.me()])
    expect(await other.accessToken()).toBe(await client.accessToken())
    expect(await other.accessToken()).not.toBe(before)
    // The refresh token that is stored is the one that works.
    browser.pass(86_399)
    expect((await other.me()).username).toBeTruthy()
    expect(browser.loggedOut()).toBe(0)
  })

  it('whose answer is lost leaves the session as it is, with tokens that work', async () => {
    const { browser, client, codes } = await enrolledHere()
    const [recovery_code = ''] = codes
    browser.faults.push(loseAnswer)
    await expect(client.reauth({ recovery_code })).rejects.toThrow('could not be reached')
    await expect.poll(() => browser.count('/auth/refresh')).toBe(1)
    browser.pass(60)
    browser.pass(86_000)
    expect((await client.me()).username).toBeTruthy()
    expect(browser.loggedOut()).toBe(0)
  })

  it('by an access token that is refused is done by the next', async () => {
    const { browser, client, codes } = await enrolledHere()
    const stored = JSON.parse(browser.storage.getItem(browser.key) ?? '{}')
    const broken = { ...stored, access_token: `${stored.access_token}x` }
    browser.storage.setItem(browser.key, JSON.stringify(broken))
    const [recovery_code = ''] = codes
    await client.reauth({ recovery_code })
    expect(browser.count('/auth/reauth')).toBe(2)
    expect((await client.me()).username).toBeTruthy()
  })

  it('brings nobody back who has logged out meanwhile', async () => {
    const { browser, client, codes } = await enrolledHere()
    const [recovery_code = ''] = codes
    browser.faults.push(async (request, pass) => {
      const answer = await pass(request)
      await browser.tab().logout()
      return answer
    })
    await client.reauth({ recovery_code })
    expect(client.isLoggedIn()).toBe(false)
  })
})
