import { afterAll, expect, it } from 'vitest'
import { eventsOf } from '../support/acting.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { createAuthenticator } from '../support/authenticator.ts'
import { answered, codeOf, enrol, forgetStep, mfaToken, verify } from '../support/factors.ts'
import {
  browserOf,
  FEDERATED,
  fakeProviders,
  profileOf,
  signIn,
} from '../support/fake-providers.ts'
import { tokenTo } from '../support/links.ts'
import { quoted, uniqueName } from '../support/names.ts'
import { logInBy, registered } from '../support/passkeys.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectDead, type Pair } from '../support/sessions.ts'

const fake = fakeProviders()
const t: TestApp = await createTestApp({ env: FEDERATED, deps: { providers: fake.providers } })
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
  const identity = profileOf()
  const browser = browserOf(t)
  const code = await browser.arrive(fake.vouch(identity), { intent: 'link', token })
  await answered(browser.exchange(code, {}, { token }))
  const waiting = browserOf(t)
  const other = profileOf()
  const laterCode = await waiting.arrive(fake.vouch(other), { intent: 'link', token })
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

const meBy = async (answer: Response) => {
  const { access_token: token } = await answered(answer)
  return answered(t.get('/auth/me', token))
}

it('an account that a stranger made on an address gives its maker nothing once its owner signs in', async () => {
  const profile = profileOf()
  const email = String(profile.email)
  const made = await stranger(email)

  const owner = await meBy(await signIn(t, fake, profile))
  expect(owner).toMatchObject({ id: made.id, email, email_verified: true })

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
    expect((await meBy(await signIn(t, fake, identity))).id).not.toBe(made.id)
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
  expect((await eventsOf(t, made.id)).slice(-3).sort()).toEqual([
    'email_verified',
    'identity_linked',
    'session_opened',
  ])
  const [told] = await t.mailsTo(email)
  expect(told?.text).toContain('Fake fake')
})

it('by an address that the provider does not vouch for nobody gets that account, nor learns of it', async () => {
  const profile = profileOf({ isEmailVouched: false })
  const made = await stranger(String(profile.email))
  const problem = await expectProblem(await signIn(t, fake, profile), 'provider_email_unverified')
  const unknown = await expectProblem(
    await signIn(t, fake, profileOf({ isEmailVouched: false })),
    'provider_email_unverified',
  )
  expect({ ...problem, request_id: '' }).toEqual({ ...unknown, request_id: '' })
  expect((await t.get('/auth/me', made.tokens.access_token)).status).toBe(200)
})
