import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { auditRows } from '../support/audit.ts'
import { createAuthenticator, FLAGS } from '../support/authenticator.ts'
import { quoted } from '../support/names.ts'
import {
  assertion,
  logInBy,
  optionsOf,
  personWithPasskey,
  registered,
} from '../support/passkeys.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, expectDead, type Pair, setSession } from '../support/sessions.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const factorsOf = async (tokens: Pair) =>
  (await t.get('/auth/factors', tokens.access_token)).json() as Promise<{
    passkeys: {
      id: string
      name: string
      suspended: boolean
      synced: boolean
      last_used_at: string | null
    }[]
    recovery_codes_left: number
  }>

const register = (tokens: Pair, body: object) =>
  t.post('/auth/factors/passkeys', body, tokens.access_token)

const remove = (tokens: Pair, id: string) =>
  t.request(`/auth/factors/passkeys/${id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${tokens.access_token}` },
  })

const eventsOf = async (id: string) =>
  (await auditRows(t, `subject_id = ${quoted(id)}`)).map(({ event }) => event)

describe('options', () => {
  it('ask for a passkey that is found without a username, and verifies its user', async () => {
    const person = await t.signup()
    const tokens = await t.login(person)
    const { public_key: options } = await optionsOf(t, tokens)
    expect(options).toMatchObject({
      rp: { id: 'localhost' },
      user: { name: person.email, displayName: person.username },
      pubKeyCredParams: [{ alg: -8 }, { alg: -7 }, { alg: -257 }],
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      attestation: 'none',
      excludeCredentials: [],
    })
    expect(options.user?.id).toHaveLength(86)
  })

  it('keep the handle of a user with a passkey, and exclude that', async () => {
    const { authenticator, tokens, userHandle } = await personWithPasskey(t)
    const { public_key: options } = await optionsOf(t, tokens)
    expect(options.user?.id).toBe(userHandle)
    expect(options).toMatchObject({
      excludeCredentials: [{ id: authenticator.credentialId, transports: ['internal'] }],
    })
  })

  it('name no account to whoever logs in', async () => {
    const { public_key: options } = await optionsOf(t)
    expect(options).toMatchObject({
      ...{ rpId: 'localhost', allowCredentials: [], userVerification: 'required' },
    })
  })

  it('write nothing', async () => {
    const count = () => t.column('select count(*)::int from edge_auth.spent_tokens')
    const before = await count()
    for (let at = 0; at < 5; at++) await optionsOf(t)
    expect(await t.roundTrips(() => optionsOf(t))).toBe(0)
    expect(await count()).toEqual(before)
  })

  it('are refused where passkeys are not configured', async () => {
    const other = await t.beside({ env: { PUBLIC_URL: '', APP_BASE_URL: '' } })
    const answer = await other.request('/auth/passkeys/options', { method: 'POST' })
    await expectProblem(answer, 'passkeys_not_configured')
  })
})

describe('registering', () => {
  it('makes it a second factor: other sessions end, this one is raised, and there are recovery codes', async () => {
    const person = await t.signup()
    const [first, other] = [await t.login(person), await t.login(person)]
    const { tokens } = await registered(t, first, await createAuthenticator())
    expect(tokens.recovery_codes).toHaveLength(10)
    expect(tokens.passkey).toMatchObject({ name: 'Passkey', synced: false, suspended: false })
    await expectDead(t, other)
    await expectAlive(t, tokens)
    expect(decodeJwt(tokens.access_token)).toMatchObject({
      acr: 'aal2',
      amr: expect.arrayContaining(['hwk', 'user', 'pwd']),
    })
    const answer = await t.post('/auth/login', {
      ...{ username_or_email: person.username, password: person.password },
    })
    expect(await answer.json()).toMatchObject({
      ...{ mfa_required: true, methods: ['passkey', 'recovery_code'] },
    })
    expect(await eventsOf(person.id)).toContain('passkey_registered')
    const [mail] = await t.mailsTo(person.email)
    expect(mail?.subject).toContain('passkey was added')
  })

  it('of a second one shows no codes and ends nothing', async () => {
    const { tokens, authenticator, userHandle } = await personWithPasskey(t)
    const other = (await (await logInBy(t, { authenticator, userHandle })).json()) as Pair
    const second = await registered(t, tokens, await createAuthenticator({ isSynced: true }))
    expect(second.tokens.recovery_codes).toBeUndefined()
    expect(second.userHandle).toBe(userHandle)
    await expectAlive(t, other)
    expect((await factorsOf(second.tokens)).passkeys).toHaveLength(2)
  })

  it('takes a challenge once, and only of the user who asked', async () => {
    const [tokens, others] = [await t.login(await t.signup()), await t.login(await t.signup())]
    const { public_key: options, challenge_token } = await optionsOf(t, tokens)
    const authenticator = await createAuthenticator()
    const credential = await authenticator.create({ challenge: options.challenge })
    await expectProblem(
      await register(others, { challenge_token, credential }),
      'challenge_invalid',
    )
    const made = await register(tokens, { challenge_token, credential })
    expect(made.status).toBe(201)
    const again = await (await createAuthenticator()).create({ challenge: options.challenge })
    await expectProblem(
      await register((await made.json()) as Pair, { challenge_token, credential: again }),
      'challenge_invalid',
    )
  })

  it('takes no challenge of a log-in, none that expired, and no other token', async () => {
    const tokens = await t.login(await t.signup())
    const { public_key: options, challenge_token } = await optionsOf(t)
    const authenticator = await createAuthenticator()
    const credential = await authenticator.create({ challenge: options.challenge })
    for (const token of [challenge_token, tokens.access_token, 'a.b.c']) {
      const body = { challenge_token: token, credential }
      await expectProblem(await register(tokens, body), 'challenge_invalid')
    }
  })

  it('refuses a credential that is not what was asked for', async () => {
    const tokens = await t.login(await t.signup())
    const wrongs = [
      { rpId: 'evil.example' },
      { origin: 'https://evil.example' },
      { origin: 'http://localhost.evil.example' },
      { type: 'webauthn.get' },
      { crossOrigin: true },
      { challenge: 'q83vEjRWeJCrze8SNFZ4kA' },
      { flags: FLAGS.present },
      { flags: FLAGS.verified },
      { flags: FLAGS.present | FLAGS.verified | FLAGS.backedUp },
    ]
    for (const wrong of wrongs) {
      const { public_key: options, challenge_token } = await optionsOf(t, tokens)
      const authenticator = await createAuthenticator()
      const credential = await authenticator.create({ challenge: options.challenge, ...wrong })
      const answer = await register(tokens, { challenge_token, credential })
      await expectProblem(answer, 'validation_failed')
    }
    expect((await factorsOf(tokens)).passkeys).toEqual([])
  })

  it('refuses a credential that somebody has', async () => {
    const { authenticator } = await personWithPasskey(t)
    const tokens = await t.login(await t.signup())
    const { public_key: options, challenge_token } = await optionsOf(t, tokens)
    const credential = await authenticator.create({ challenge: options.challenge })
    const answer = await register(tokens, { challenge_token, credential })
    const { errors } = (await answer.json()) as { errors: object[] }
    expect(errors).toMatchObject([{ pointer: '/credential', code: 'already_taken' }])
    await expectAlive(t, tokens)
  })

  it('stops at 20', async () => {
    const made = await personWithPasskey(t)
    let tokens: Pair = made.tokens
    for (let count = 1; count < 20; count++) {
      tokens = (await registered(t, tokens, await createAuthenticator())).tokens
    }
    const { public_key: options, challenge_token } = await optionsOf(t, tokens)
    const credential = await (await createAuthenticator()).create(options)
    await expectProblem(
      await register(tokens, { challenge_token, credential }),
      'too_many_passkeys',
    )
  })

  it('asks for a fresh proof', async () => {
    const tokens = await t.login(await t.signup())
    await setSession(
      t,
      tokens,
      `authenticated_at = now() - interval '11 minutes', created_at = now() - interval '11 minutes'`,
    )
    const answer = await t.post('/auth/factors/passkey-options', {}, tokens.access_token)
    expect(await answer.json()).toMatchObject({ code: 'step_up_required' })
  })
})

describe('a log-in by passkey', () => {
  it('opens a session of two factors in two round trips', async () => {
    const passkey = await personWithPasskey(t, { isSynced: true })
    const body = await assertion(t, passkey)
    let answer = new Response()
    const trips = await t.roundTrips(async () => {
      answer = await t.post('/auth/passkeys/login', body)
    })
    expect(trips).toBe(2)
    const tokens = (await answer.json()) as Pair
    expect(decodeJwt(tokens.access_token)).toMatchObject({ acr: 'aal2', amr: ['swk', 'user'] })
    const { passkeys } = await factorsOf(tokens)
    expect(passkeys[0]).toMatchObject({ synced: true, last_used_at: expect.any(String) })
  })

  it.each(['ES256', 'EdDSA', 'RS256'] as const)('works with %s', async (algorithm) => {
    const passkey = await personWithPasskey(t, { algorithm })
    expect((await logInBy(t, passkey)).status).toBe(200)
  })

  it('takes an assertion once', async () => {
    const body = await assertion(t, await personWithPasskey(t, { isSynced: true }))
    expect((await t.post('/auth/passkeys/login', body)).status).toBe(200)
    await expectProblem(await t.post('/auth/passkeys/login', body), 'challenge_invalid')
  })

  it('refuses whatever is not a good assertion of it', async () => {
    const passkey = await personWithPasskey(t)
    const someone = await personWithPasskey(t)
    const wrongs = [
      { rpId: 'evil.example' },
      { origin: 'https://evil.example' },
      { type: 'webauthn.create' },
      { crossOrigin: true },
      { challenge: 'q83vEjRWeJCrze8SNFZ4kA' },
      { flags: FLAGS.present },
      { flags: FLAGS.verified },
      { flags: FLAGS.present | FLAGS.verified | FLAGS.eligible },
      { userHandle: someone.userHandle },
      { userHandle: undefined },
    ]
    for (const wrong of wrongs) {
      await expectProblem(await logInBy(t, passkey, wrong), 'factor_refused')
    }
    expect((await logInBy(t, passkey)).status).toBe(200)
  })

  it('refuses a bad signature, and one by another key', async () => {
    const passkey = await personWithPasskey(t)
    const someone = await personWithPasskey(t)
    const body = await assertion(t, passkey)
    const other = await assertion(t, someone, { challenge: 'x' })
    for (const signature of [other.credential.response.signature, 'MAYCAQECAQE', '']) {
      const { credential } = body
      const response = { ...credential.response, signature }
      const forged = { ...body, credential: { ...credential, response } }
      await expectProblem(await t.post('/auth/passkeys/login', forged), 'factor_refused')
    }
  })

  it('refuses a challenge of another purpose and one that expired', async () => {
    const passkey = await personWithPasskey(t)
    const { public_key: options, challenge_token } = await optionsOf(t, passkey.tokens)
    const { userHandle, authenticator } = passkey
    const credential = await authenticator.get({ challenge: options.challenge, userHandle })
    const answer = await t.post('/auth/passkeys/login', { challenge_token, credential })
    await expectProblem(answer, 'challenge_invalid')
    const later = await t.beside({})
    const body = await assertion(later, passkey)
    later.advance(301)
    await expectProblem(await later.post('/auth/passkeys/login', body), 'challenge_invalid')
  })

  it('says of a passkey that was removed that it is unknown', async () => {
    const passkey = await personWithPasskey(t)
    expect((await remove(passkey.tokens, passkey.tokens.passkey.id)).status).toBe(204)
    const answer = await logInBy(t, passkey)
    const { code, errors } = (await answer.json()) as { code: string; errors: object[] }
    expect({ code, errors }).toMatchObject({
      ...{ code: 'factor_refused', errors: [{ pointer: '/credential/id' }] },
    })
  })

  it('is nothing for a disabled user', async () => {
    const passkey = await personWithPasskey(t)
    const { id } = passkey.person
    await t.column(`update edge_auth.users set disabled_at = now() where id = ${quoted(id)}`)
    await expectProblem(await logInBy(t, passkey), 'factor_refused')
  })
})

describe('a counter that does not rise', () => {
  it('suspends a passkey that is bound to its device, and tells its owner', async () => {
    const passkey = await personWithPasskey(t, { counter: 5 })
    const { tokens, person } = passkey
    await expectProblem(await logInBy(t, passkey, { counter: 5 }), 'factor_refused')
    const { passkeys } = await factorsOf(tokens)
    expect(passkeys).toMatchObject([{ suspended: true }])
    await expectProblem(await logInBy(t, passkey, { counter: 100 }), 'factor_refused')
    expect((await eventsOf(person.id)).filter((one) => one === 'passkey_suspended')).toHaveLength(1)
    const subjects = (await t.mailsTo(person.email)).map(({ subject }) => subject)
    expect(subjects.filter((one) => one.includes('switched off'))).toHaveLength(1)
  })

  it('is accepted of a synced one, and the trail tells', async () => {
    const passkey = await personWithPasskey(t, { isSynced: true, counter: 5 })
    expect((await logInBy(t, passkey, { counter: 5 })).status).toBe(200)
    expect(await eventsOf(passkey.person.id)).toContain('passkey_counter_back')
  })

  it('suspends nothing where an assertion is merely sent twice', async () => {
    const passkey = await personWithPasskey(t, { counter: 5 })
    const body = await assertion(t, passkey)
    expect((await t.post('/auth/passkeys/login', body)).status).toBe(200)
    await expectProblem(await t.post('/auth/passkeys/login', body), 'factor_refused')
    expect((await logInBy(t, passkey)).status).toBe(200)
  })

  it('may be 0 all the time', async () => {
    const passkey = await personWithPasskey(t, { counter: 0 })
    expect((await logInBy(t, passkey)).status).toBe(200)
    expect((await logInBy(t, passkey)).status).toBe(200)
  })

  it('may not fall to 0', async () => {
    const passkey = await personWithPasskey(t, { counter: 5 })
    await expectProblem(await logInBy(t, passkey, { counter: 0 }), 'factor_refused')
  })
})

describe('as second factor', () => {
  const firstOf = async ({ username, password }: { username: string; password: string }) => {
    const answer = await t.post('/auth/login', { username_or_email: username, password })
    return ((await answer.json()) as { mfa_token: string }).mfa_token
  }

  it('may leave its user unverified, which alone logs nobody in', async () => {
    const passkey = await personWithPasskey(t)
    const mfa_token = await firstOf(passkey.person)
    const given = await assertion(t, passkey, { flags: FLAGS.present })
    await expectProblem(await t.post('/auth/passkeys/login', given), 'factor_refused')
    const answer = await t.post('/auth/mfa/verify', { mfa_token, passkey: given })
    expect(answer.status).toBe(200)
    const { access_token } = (await answer.json()) as Pair
    const { amr } = decodeJwt(access_token)
    expect(amr).toEqual(['pwd', 'hwk', 'mfa'])
  })

  it('is nothing for somebody else', async () => {
    const [passkey, someone] = [await personWithPasskey(t), await personWithPasskey(t)]
    const mfa_token = await firstOf(someone.person)
    const given = await assertion(t, passkey)
    const answer = await t.post('/auth/mfa/verify', { mfa_token, passkey: given })
    await expectProblem(answer, 'factor_refused')
  })
})

describe('a list', () => {
  it('has names that only their user changes', async () => {
    const { tokens } = await personWithPasskey(t)
    const { id } = tokens.passkey
    const path = `/auth/factors/passkeys/${id}`
    const rename = (by: Pair, name: string) =>
      t.request(path, {
        method: 'PATCH',
        headers: {
          authorization: `Bearer ${by.access_token}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ name }),
      })
    const answer = await rename(tokens, ' Blue key ')
    expect(await answer.json()).toMatchObject({ id, name: 'Blue key' })
    expect(
      await t.column(
        `select event from edge_auth.audit_events where event = 'passkey_renamed' and details ->> 'passkey' = ${quoted(id)}`,
      ),
    ).toEqual(['passkey_renamed'])
    await expectProblem(await rename(tokens, 'x'.repeat(65)), 'validation_failed')
    const someone = await t.login(await t.signup())
    await expectProblem(await rename(someone, 'Mine'), 'not_found')
    await expectProblem(await remove(someone, id), 'not_found')
    expect((await factorsOf(tokens)).passkeys).toMatchObject([{ name: 'Blue key' }])
  })

  it('without its last one has no recovery codes left, and a password is enough again', async () => {
    const { person, tokens } = await personWithPasskey(t)
    const second = await registered(t, tokens, await createAuthenticator())
    expect((await remove(second.tokens, tokens.passkey.id)).status).toBe(204)
    expect(await factorsOf(second.tokens)).toMatchObject({ recovery_codes_left: 10 })
    expect((await remove(second.tokens, second.tokens.passkey.id)).status).toBe(204)
    expect(await factorsOf(second.tokens)).toMatchObject({ recovery_codes_left: 0, passkeys: [] })
    await expectAlive(t, await t.login(person))
    expect(await eventsOf(person.id)).toContain('passkey_removed')
    const subjects = (await t.mailsTo(person.email)).map(({ subject }) => subject)
    expect(subjects[0]).toContain('passkey was removed')
  })

  it('loses none without a fresh proof of a second factor', async () => {
    const { tokens } = await personWithPasskey(t)
    await setSession(t, tokens, `second_factor_at = now() - interval '11 minutes'`)
    const answer = await remove(tokens, tokens.passkey.id)
    expect(await answer.json()).toMatchObject({ code: 'step_up_required' })
  })
})
