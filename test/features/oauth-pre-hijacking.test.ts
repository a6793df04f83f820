import { afterAll, expect, it } from 'vitest'
import type { ProviderProfile } from '../../src/core/federation/provider.ts'
import { eventsOf } from '../support/acting.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { createAuthenticator } from '../support/authenticator.ts'
import { answered, codeOf, enrol, forgetStep, mfaToken, verify } from '../support/factors.ts'
import { FEDERATED, profileOf, vouch } from '../support/federated.ts'
import { browserOf, linkedTo, signIn } from '../support/flow-browser.ts'
import { tokenTo } from '../support/links.ts'
import { quoted, uniqueName } from '../support/names.ts'
import { logInBy, registered } from '../support/passkeys.ts'
import { expectProblem } from '../support/problems.ts'
import { patchProfile } from '../support/profile.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectDead, type Pair, setUser } from '../support/sessions.ts'

const t: TestApp = await createTestApp({ env: FEDERATED })
afterAll(() => t.close())

/** A stranger who signed up with an address of somebody else, and set up all that there is to come back by. */
async function stranger(email: string) {
  const person = { username: uniqueName('s'), email, password: PASSWORD }
  const { id } = await answered(t.post('/auth/signup', person), 201)
  const reset = await resetToken(email)
  const plain = (await t.login(person)) as Pair
  const { uri, tokens } = await enrol(t, plain)
  const authenticator = await createAuthenticator()
  const { userHandle, tokens: passkeyed } = await registered(t, tokens, authenticator)
  const token = passkeyed.access_token
  // Nobody can link any more, while that is unverified; somebody may have before.
  const identity = profileOf()
  await linkedTo(t, { id }, identity)
  const waiting = browserOf(t)
  const other = profileOf()
  const laterCode = await waiting.arrive(vouch(other), { intent: 'link', token })
  return {
    ...{ ...person, id, uri, reset, authenticator, userHandle, identity, other },
    tokens: passkeyed as Pair,
    mfa: await mfaToken(t, person),
    later: () => waiting.exchange(laterCode, {}, { token }),
  }
}

async function resetToken(email: string): Promise<string> {
  await t.post('/auth/password/forgot', { email })
  return tokenTo(t, email, '/reset-password')
}

const versionOf = async ({ id }: { id: string }) =>
  Number((await t.column(`select version from edge_auth.users where id = ${quoted(id)}`))[0])

const meBy = async (answer: Response) => {
  const { access_token: token } = await answered(answer)
  return answered(t.get('/auth/me', token))
}

it('an account that a stranger made on an address gives its maker nothing once its owner signs in', async () => {
  const avatarUrl = 'https://pictures.example.net/ada.png'
  const profile = profileOf({ displayName: 'Ada Lovelace', avatarUrl, locale: 'en-GB' })
  const email = String(profile.email)
  const made = await stranger(email)
  const written = {
    ...{ display_name: 'Call 555 0100', locale: 'de', avatar_url: 'https://evil.example/a.png' },
    user_data: { redirect: 'https://evil.example' },
  }
  await answered(patchProfile(t, made.tokens.access_token, written))
  await setUser(t, made, `app_data = '{"plan":"free"}'`)
  const before = await versionOf(made)

  const owner = await meBy(await signIn(t, profile))
  expect(owner).toMatchObject({
    ...{ id: made.id, username: made.username, email, email_verified: true },
    ...{ display_name: 'Ada Lovelace', locale: 'en-GB', avatar_url: avatarUrl },
    app_data: { plan: 'free' },
  })
  expect(owner.user_data).toEqual({})
  expect(await versionOf(made)).toBeGreaterThan(before)

  await expectDead(t, made.tokens)
  await expectProblem(
    await t.post('/auth/login', { username_or_email: email, password: PASSWORD }),
    'invalid_credentials',
  )
  await forgetStep(t, made)
  await expectProblem(
    await verify(t, made.mfa, { totp_code: codeOf(t, made.uri) }),
    'mfa_token_invalid',
  )
  const byPasskey = await logInBy(t, made)
  await expectProblem(byPasskey, 'factor_refused')
  await expectProblem(
    await t.post('/auth/password/reset', { token: made.reset, new_password: `${PASSWORD} 2` }),
    'one_time_token_invalid',
  )
  await expectProblem(await made.later(), 'token_invalid')
  // What the stranger linked is nobody's, and makes an account of its own.
  for (const identity of [made.identity, made.other]) {
    expect((await meBy(await signIn(t, identity))).id).not.toBe(made.id)
  }

  const [left] = await t.column(`select json_build_object(
    'subjects', (select json_agg(subject) from edge_auth.identities where user_id = u.id),
    'passwords', (select count(*) from edge_auth.credentials where user_id = u.id),
    'factors', factor_count + (select count(*) from edge_auth.passkeys where user_id = u.id)
      + (select count(*) from edge_auth.totp_factors where user_id = u.id)
      + (select count(*) from edge_auth.recovery_codes where user_id = u.id),
    'tokens', (select count(*) from edge_auth.one_time_tokens where user_id = u.id)
  )::text from edge_auth.users u where id = ${quoted(made.id)}`)
  const nothing = { passwords: 0, factors: 0, tokens: 0 }
  expect(JSON.parse(String(left))).toEqual({ subjects: [profile.subject], ...nothing })
  expect((await eventsOf(t, made.id)).slice(-5).sort()).toEqual([
    'account_claimed',
    'email_verified',
    'identity_linked',
    'identity_unlinked',
    'session_opened',
  ])
  const [told] = await t.mailsTo(email)
  expect(told?.text).toContain('Fake fake')
})

it('nobody links an identity to an account of an address that they do not read', async () => {
  const email = String(profileOf().email)
  const person = { username: uniqueName('s'), email, password: PASSWORD }
  const { id } = await answered(t.post('/auth/signup', person), 201)
  const { access_token: token } = await t.login(person)
  const subjects = () =>
    t.column(`select subject from edge_auth.identities where user_id = ${quoted(id)}`)
  const link = async (profile: ProviderProfile) => {
    const browser = browserOf(t)
    const code = await browser.arrive(vouch(profile), { intent: 'link', token })
    return browser.exchange(code, {}, { token })
  }
  for (const own of [profileOf(), profileOf({ email, isEmailVouched: false })]) {
    await expectProblem(await link(own), 'email_not_verified')
  }
  expect(await subjects()).toEqual([])
  // The owner of the address follows the link, and the stranger's provider logs in to something else.
  const verification = await tokenTo(t, email, '/verify-email')
  expect((await t.post('/auth/email/verify', { token: verification })).status).toBe(204)
  expect((await meBy(await signIn(t, profileOf()))).id).not.toBe(id)
})

it('whom the provider vouches to have the address, links it, and the address is as verified as before', async () => {
  const profile = profileOf()
  const email = String(profile.email).toUpperCase()
  const person = { username: uniqueName('s'), email, password: PASSWORD }
  const { id } = await answered(t.post('/auth/signup', person), 201)
  const { access_token: token } = await t.login(person)
  const browser = browserOf(t)
  const code = await browser.arrive(vouch(profile), { intent: 'link', token })
  await answered(browser.exchange(code, {}, { token }))
  const me = await meBy(await signIn(t, profile))
  expect(me).toMatchObject({ id, email_verified: false })
})

it('where no mail could verify anything, identities are linked all the same', async () => {
  const email = String(profileOf().email)
  const person = { username: uniqueName('s'), email, password: PASSWORD }
  await answered(t.post('/auth/signup', person), 201)
  const { access_token: token } = await t.login(person)
  const silent = await t.beside({
    env: FEDERATED,
    deps: { mailer: undefined },
  })
  const browser = browserOf(silent)
  const code = await browser.arrive(vouch(profileOf()), { intent: 'link', token })
  await answered(browser.exchange(code, {}, { token }))
})

it('by an address that the provider does not vouch for nobody gets that account, nor learns of it', async () => {
  const profile = profileOf({ isEmailVouched: false })
  const made = await stranger(String(profile.email))
  const problem = await expectProblem(await signIn(t, profile), 'provider_email_unverified')
  const unknown = await expectProblem(
    await signIn(t, profileOf({ isEmailVouched: false })),
    'provider_email_unverified',
  )
  expect({ ...problem, request_id: '' }).toEqual({ ...unknown, request_id: '' })
  expect((await t.get('/auth/me', made.tokens.access_token)).status).toBe(200)
})
