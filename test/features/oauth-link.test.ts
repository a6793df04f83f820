import { afterAll, describe, expect, it } from 'vitest'
import { eventsOf } from '../support/acting.ts'
import type { TestApp } from '../support/app.ts'
import {
  answered,
  codeOf,
  enrolledPerson,
  forgetStep,
  loginByTotp,
  verify,
} from '../support/factors.ts'
import { FEDERATED, profileOf, vouch } from '../support/federated.ts'
import { browserOf, linkedTo, signIn } from '../support/flow-browser.ts'
import { quoted } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import {
  expectAlive,
  type Pair,
  personWith,
  setSession,
  setUser,
  sidOf,
} from '../support/sessions.ts'

const t: TestApp = await createTestApp({ env: FEDERATED })
afterAll(() => t.close())

const AGED = "authenticated_at = now() - interval '11 minutes'"
/** Somebody who verified the email, with so many sessions. */
async function verifiedWith(count: number) {
  const made = await personWith(t, count)
  await setUser(t, made.person, 'email_verified_at = now()')
  return made
}

const identitiesOf = (id: string) =>
  t.column(`select subject from edge_auth.identities where user_id = ${quoted(id)} order by 1`)

/** Links an identity to whoever has these tokens, which must succeed. */
async function linked(tokens: Pair, profile = profileOf()) {
  const browser = browserOf(t)
  const token = tokens.access_token
  const code = await browser.arrive(vouch(profile), { intent: 'link', token })
  return { profile, ...(await answered(browser.exchange(code, {}, { token }))) }
}

describe('to link', () => {
  it('adds what logs in from then on, whatever email the provider knows, and tells by mail', async () => {
    const { person, sessions } = await verifiedWith(1)
    const { profile, linked: identity } = await linked(sessions[0])
    expect(identity).toEqual({
      ...{ id: expect.any(String), provider: 'fake', provider_name: 'Fake fake' },
      ...{ email: profile.email, created_at: expect.any(String), last_used_at: null },
    })
    const { access_token: token } = await answered(signIn(t, profile))
    expect((await answered(t.get('/auth/me', token))).id).toBe(person.id)
    const [told] = await t.mailsTo(person.email)
    expect(told?.text).toContain('Fake fake')
    expect(await eventsOf(t, person.id)).toContain('identity_linked')
    await expectAlive(t, sessions[0])
  })

  it('twice is to do it once, and says the same', async () => {
    const { person, sessions } = await verifiedWith(1)
    const { profile, linked: identity } = await linked(sessions[0])
    const again = await linked(sessions[0], profile)
    expect(again.linked).toEqual(identity)
    expect(await identitiesOf(person.id)).toEqual([profile.subject])
    const events = await eventsOf(t, person.id)
    expect(events.filter((event) => event === 'identity_linked')).toHaveLength(1)
  })

  it('takes nothing from anybody else', async () => {
    const first = await verifiedWith(1)
    const { profile } = await linked(first.sessions[0])
    const { person, sessions } = await verifiedWith(1)
    const browser = browserOf(t)
    const token = sessions[0].access_token
    const code = await browser.arrive(vouch(profile), { intent: 'link', token })
    await expectProblem(await browser.exchange(code, {}, { token }), 'identity_taken')
    expect(await identitiesOf(person.id)).toEqual([])
    expect(await identitiesOf(first.person.id)).toEqual([profile.subject])
  })

  it('needs a proof of the last minutes, and an access token', async () => {
    const { sessions } = await verifiedWith(1)
    await setSession(t, sessions[0], AGED)
    const browser = browserOf(t)
    const token = sessions[0].access_token
    await expectProblem(await browser.start({ intent: 'link', token }), 'step_up_required')
    await expectProblem(await browser.start({ intent: 'link' }), 'token_missing')
    await expectProblem(await browser.start({ intent: 'reauth' }), 'token_missing')
    expect(browser.cookie()).toBe('')
  })

  it('makes twenty at the most, whatever comes at once', async () => {
    const { person, sessions } = await verifiedWith(1)
    const token = sessions[0].access_token
    for (let at = 0; at < 18; at++) await linkedTo(t, person, profileOf())
    const ready = []
    for (let at = 0; at < 4; at++) {
      const browser = browserOf(t)
      const code = await browser.arrive(vouch(profileOf()), { intent: 'link', token })
      ready.push(() => browser.exchange(code, {}, { token }))
    }
    const answers = await Promise.all(ready.map((exchange) => exchange()))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 409, 409])
    for (const refused of answers.filter(({ status }) => status === 409)) {
      await expectProblem(refused, 'too_many_identities')
    }
    expect(await identitiesOf(person.id)).toHaveLength(20)
  })

  it('is for the session alone that asked for it', async () => {
    const { person, sessions } = await verifiedWith(2)
    const stranger = await verifiedWith(1)
    const browser = browserOf(t)
    const [own, other] = sessions as [Pair, Pair]
    const code = await browser.arrive(vouch(profileOf()), {
      intent: 'link',
      token: own.access_token,
    })
    await expectProblem(await browser.exchange(code), 'token_missing')
    for (const tokens of [other, stranger.sessions[0]]) {
      const answer = await browser.exchange(code, {}, { token: tokens.access_token })
      await expectProblem(answer, 'oauth_code_invalid')
    }
    await t.post('/auth/logout', {}, own.access_token)
    const late = await browser.exchange(code, {}, { token: own.access_token })
    await expectProblem(late, 'token_invalid')
    expect(await identitiesOf(person.id)).toEqual([])
  })
})

describe('after account_exists', () => {
  async function found() {
    const { person, sessions } = await verifiedWith(1)
    const browser = browserOf(t)
    const profile = profileOf({ email: person.email })
    const answer = await browser.exchange(await browser.arrive(vouch(profile)))
    const { link_token, expires_in, detail } = await answered(answer, 409)
    expect([expires_in, detail]).toEqual([600, expect.stringContaining('Log in as you did')])
    return { person, sessions, browser, profile, link_token: String(link_token) }
  }

  it('the owner logs in and links it by the token of the answer, once', async () => {
    const { person, browser, profile, link_token } = await found()
    const { access_token: token } = await t.login(person)
    const kept = browser.cookie()
    const identity = await answered(
      browser.post('/auth/identities', { link_token }, { token }),
      201,
    )
    expect(identity).toMatchObject({ provider: 'fake', email: person.email })
    expect(await identitiesOf(person.id)).toEqual([profile.subject])
    expect(browser.cookie()).toBe('ea_oauth=')
    browser.steal(kept)
    // It is linked, and so the same answer; unlinked, the token is used up.
    await answered(browser.post('/auth/identities', { link_token }, { token }), 201)
    await t.column(
      `delete from edge_auth.identities where user_id = ${quoted(person.id)} returning id`,
    )
    await expectProblem(
      await browser.post('/auth/identities', { link_token }, { token }),
      'oauth_code_invalid',
    )
    expect(await identitiesOf(person.id)).toEqual([])
  })

  it('nobody else does, nor another browser, nor anybody later or without a fresh proof', async () => {
    const { person, sessions, browser, link_token } = await found()
    const stranger = await verifiedWith(1)
    const token = sessions[0].access_token
    const refused = [
      await browser.post(
        '/auth/identities',
        { link_token },
        { token: stranger.sessions[0].access_token },
      ),
      await browserOf(t).post('/auth/identities', { link_token }, { token }),
      await browser.post('/auth/identities', { link_token: `${link_token}x` }, { token }),
    ]
    for (const answer of refused) await expectProblem(answer, 'oauth_code_invalid')
    await setSession(t, sessions[0], AGED)
    await expectProblem(
      await browser.post('/auth/identities', { link_token }, { token }),
      'step_up_required',
    )
    await expectProblem(await browser.post('/auth/identities', { link_token }), 'token_missing')
    expect(await identitiesOf(person.id)).toEqual([])
  })
})

describe('reauth', () => {
  const reauth = async (tokens: Pair, profile = profileOf()) => {
    const browser = browserOf(t)
    const token = tokens.access_token
    const code = await browser.arrive(vouch(profile), { intent: 'reauth', token })
    return browser.exchange(code, {}, { token })
  }

  it('is a fresh proof of the same session', async () => {
    const { sessions } = await verifiedWith(1)
    const { profile } = await linked(sessions[0])
    await setSession(t, sessions[0], AGED)
    const enrolling = (token: string) =>
      t.request('/auth/factors/totp', {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      })
    await expectProblem(await enrolling(sessions[0].access_token), 'step_up_required')
    const raised: Pair = await answered(reauth(sessions[0], profile))
    expect(sidOf(raised)).toBe(sidOf(sessions[0]))
    await answered(enrolling(raised.access_token), 201)
  })

  it('by another identity, known or not, is none', async () => {
    const { sessions } = await verifiedWith(1)
    await linked(sessions[0])
    const other = await linked((await verifiedWith(1)).sessions[0])
    await setSession(t, sessions[0], AGED)
    for (const profile of [profileOf(), other.profile]) {
      await expectProblem(await reauth(sessions[0], profile), 'identity_mismatch')
    }
    await expectProblem(
      await browserOf(t).start({ intent: 'link', token: sessions[0].access_token }),
      'step_up_required',
    )
  })

  it('asks the provider for a proof, and of a user with a second factor is not enough', async () => {
    const person = await enrolledPerson(t)
    await setUser(t, person, 'email_verified_at = now()')
    const { profile } = await linked(person.tokens)
    await setSession(t, person.tokens, "second_factor_at = now() - interval '11 minutes'")
    const raised: Pair = await answered(reauth(person.tokens, profile))
    const started = await browserOf(t).start({
      ...{ intent: 'reauth', token: raised.access_token },
    })
    const { authorization_url: url } = await answered(started)
    expect(new URL(url).searchParams.get('prompt')).toBe('login')
    await expectProblem(
      await browserOf(t).start({ intent: 'link', token: raised.access_token }),
      'step_up_required',
    )
  })
})

it('the second factor is asked for after a sign-in at a provider, too', async () => {
  const person = await enrolledPerson(t)
  await setUser(t, person, 'email_verified_at = now()')
  const { profile } = await linked(await loginByTotp(t, person))
  const asked = await answered(signIn(t, profile))
  expect(asked).toMatchObject({ mfa_required: true, methods: ['totp', 'recovery_code'] })
  await forgetStep(t, person)
  const tokens = await answered(verify(t, asked.mfa_token, { totp_code: codeOf(t, person.uri) }))
  const claims = JSON.parse(atob(tokens.access_token.split('.')[1]))
  expect(claims).toMatchObject({ acr: 'aal2', amr: expect.arrayContaining(['fed', 'otp', 'mfa']) })
})
