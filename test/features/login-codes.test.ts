import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { auditRows } from '../support/audit.ts'
import { askedCode, codeTo, otherThan, withFactor } from '../support/codes.ts'
import { linkedIdentity } from '../support/identities.ts'
import { pendingToken } from '../support/mailed.ts'
import { quoted } from '../support/names.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, expectDead, personWith, setUser } from '../support/sessions.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const ask = (email: unknown) => t.post('/auth/code', { email })
const verify = (body: object) => t.post('/auth/code/verify', body)

/** Somebody whose address is verified, so that a code changes nothing of the account. */
async function verified() {
  const { person, sessions } = await personWith(t, 1)
  await setUser(t, person, 'email_verified_at = now()')
  return { ...person, session: sessions[0] }
}

describe('a mailed code', () => {
  it('opens a session of one factor, in two round trips, and leaves the others and the password', async () => {
    const person = await verified()
    const asked = await askedCode(t, person.email)
    let answer = new Response()
    const trips = await t.roundTrips(async () => {
      answer = await verify(asked)
    })
    expect(trips).toBe(2)
    expect(answer.status).toBe(200)
    const { access_token } = await answer.json()
    expect(decodeJwt(access_token)).toMatchObject({ acr: 'aal1', amr: ['email'] })
    await expectAlive(t, { access_token, refresh_token: '' })
    await expectAlive(t, person.session)
    await t.login(person)
    const events = await auditRows(t, `subject_id = ${quoted(person.id)}`)
    expect(events.map(({ event }) => event)).toContain('login_code_requested')
    expect(events.at(-2)).toMatchObject({ event: 'session_opened', details: { amr: 'email' } })
  })

  it.each([' 123', '-123'])('may be typed with a gap: %s', async (gap) => {
    const { email } = await verified()
    const { code_token, code } = await askedCode(t, email)
    const typed = ` ${code.slice(0, 3)}${gap[0]}${code.slice(3)} `
    expect((await verify({ code_token, code: typed })).status).toBe(200)
  })

  it('works once', async () => {
    const { email } = await verified()
    const asked = await askedCode(t, email)
    expect((await verify(asked)).status).toBe(200)
    await expectProblem(await verify(asked), 'factor_refused')
  })

  it('is dead after five wrong ones, even the right one', async () => {
    const { email, id } = await verified()
    const { code_token, code } = await askedCode(t, email)
    for (let tried = 0; tried < 4; tried++) {
      await expectProblem(await verify({ code_token, code: otherThan(code) }), 'factor_refused')
    }
    const [attempts] = await t.column(
      `select attempts from edge_auth.one_time_tokens where user_id = ${quoted(id)} and purpose = 'login_code'`,
    )
    expect(attempts).toBe(4)
    await expectProblem(await verify({ code_token, code: otherThan(code) }), 'factor_refused')
    await expectProblem(await verify({ code_token, code }), 'factor_refused')
  })

  it('may be the fifth that is tried', async () => {
    const { email } = await verified()
    const { code_token, code } = await askedCode(t, email)
    for (let tried = 0; tried < 4; tried++) await verify({ code_token, code: otherThan(code) })
    expect((await verify({ code_token, code })).status).toBe(200)
  })

  it('works with no other request than its own, not even of the same person', async () => {
    const { email } = await verified()
    const one = await askedCode(t, email)
    const other = await askedCode(t, email)
    expect(one.code).not.toBe(other.code)
    const mixed = { code_token: one.code_token, code: other.code }
    await expectProblem(await verify(mixed), 'factor_refused')
    expect((await verify(one)).status).toBe(200)
    expect((await verify(other)).status).toBe(200)
  })

  it('is refused once it has expired, its address is another, or its user is disabled', async () => {
    for (const change of [
      `update edge_auth.one_time_tokens set expires_at = now() where user_id = `,
      `update edge_auth.users set email_key = email_key || '.net' where id = `,
      `update edge_auth.users set disabled_at = now() where id = `,
    ]) {
      const { email, id } = await verified()
      const asked = await askedCode(t, email)
      await t.column(`${change}${quoted(id)} returning 1`)
      await expectProblem(await verify(asked), 'factor_refused')
    }
  })

  it('ends with a reset of the password', async () => {
    const person = await verified()
    const asked = await askedCode(t, person.email)
    const { token } = await pendingToken(t, person, 'reset_password')
    const reset = { token, new_password: 'another horse, another battery' }
    expect((await t.post('/auth/password/reset', reset)).status).toBe(204)
    await expectProblem(await verify(asked), 'factor_refused')
  })

  it('stands in no database', async () => {
    const { email, id } = await verified()
    const { code } = await askedCode(t, email)
    const rows = await t.column(
      `select to_jsonb(it)::text from edge_auth.one_time_tokens it where user_id = ${quoted(id)}
        union all select to_jsonb(it)::text from edge_auth.outbox it where user_id = ${quoted(id)}`,
    )
    expect(rows.length).toBeGreaterThan(1)
    expect(rows.join()).not.toContain(code)
  })
})

describe('whoever asks', () => {
  it('learns not whether there is an account, and costs one round trip', async () => {
    const { email } = await verified()
    const disabled = await verified()
    await setUser(t, disabled, 'disabled_at = now()')
    const answers: string[] = []
    for (const address of [email, email.toUpperCase(), disabled.email, 'nobody@example.org']) {
      const woken = t.awakened()
      let answer = new Response()
      const trips = await t.roundTrips(async () => {
        answer = await ask(address)
      })
      expect([trips, t.awakened()]).toEqual([1, woken + 1])
      const { code_token, ...said } = await answer.json()
      expect(code_token).toMatch(/^[\w-]{22}\.[\w-]{43}$/)
      answers.push(JSON.stringify([answer.status, said]))
    }
    expect(new Set(answers)).toEqual(new Set([JSON.stringify([202, { expires_in: 600 }])]))
    await t.deliver()
    expect(await t.mailsTo('nobody@example.org')).toEqual([])
    expect((await t.mailsTo(disabled.email)).filter(({ text }) => /^\d{6}$/m.test(text))).toEqual(
      [],
    )
  })

  it('is refused alike with a token of nobody, a forged one, and a wrong code', async () => {
    const { email } = await verified()
    const real = await askedCode(t, email)
    const { code_token: decoy } = await (await ask('nobody@example.org')).json()
    const told: string[] = []
    const trips: number[] = []
    for (const code_token of [real.code_token, decoy]) {
      let answer = new Response()
      trips.push(
        await t.roundTrips(async () => {
          answer = await verify({ code_token, code: otherThan(real.code) })
        }),
      )
      told.push((await answer.text()).replace(/"request_id":"[^"]+"/, ''))
    }
    expect(new Set(told).size).toBe(1)
    expect(new Set(trips).size).toBe(1)
    const forged = real.code_token.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))
    for (const code_token of [forged, 'x', 'x.y']) {
      await expectProblem(await verify({ code_token, code: real.code }), 'factor_refused')
    }
    expect((await verify(real)).status).toBe(200)
  })

  it.each<[object, string]>([
    [{ code_token: 'x', code: '12345' }, '/code invalid_format'],
    [{ code_token: 'x', code: '1234567' }, '/code invalid_format'],
    [{ code_token: 'x', code: 'abcdef' }, '/code invalid_format'],
    [{ code_token: '', code: '123456' }, '/code_token too_short'],
    [{ code: '123456' }, '/code_token required'],
    [{ code_token: 'x' }, '/code required'],
  ])('with %j is told which field is wrong', async (body, field) => {
    expect(await refusedFields(await verify(body))).toEqual([field])
  })

  it('is refused where codes are switched off, as they are by default', async () => {
    const off = await t.beside({ env: { LOGIN_CODES: '' } })
    const { email } = await verified()
    const asked = await askedCode(t, email)
    await expectProblem(await off.post('/auth/code', { email }), 'login_codes_off')
    await expectProblem(await off.post('/auth/code/verify', asked), 'login_codes_off')
    expect((await verify(asked)).status).toBe(200)
  })

  it('is refused where no mail can be sent', async () => {
    const mute = await t.beside({ env: { MAIL_PROVIDER: 'none' } })
    await expectProblem(await mute.post('/auth/code', { email: 'a@b.org' }), 'mail_not_configured')
  })

  it('leaves an event for each wrong code', async () => {
    const { email, id } = await verified()
    const { code_token, code } = await askedCode(t, email)
    await verify({ code_token, code: otherThan(code) })
    expect(
      await auditRows(t, `subject_id = ${quoted(id)} and event = 'factor_refused'`),
    ).toMatchObject([{ outcome: 'failure' }])
  })
})

describe('of a user with a second factor', () => {
  it('a code is the first factor alone, and used up by it', async () => {
    const person = await verified()
    const [recovery] = await withFactor(t, person.id)
    const asked = await askedCode(t, person.email)
    const answer = await verify(asked)
    expect(answer.status).toBe(200)
    const { mfa_token, ...said } = await answer.json()
    expect(said).toEqual({
      mfa_required: true,
      expires_in: 300,
      methods: ['totp', 'recovery_code'],
    })
    await expectProblem(await verify(asked), 'factor_refused')
    const opened = await t.post('/auth/mfa/verify', { mfa_token, recovery_code: recovery })
    expect(opened.status).toBe(200)
    expect(decodeJwt((await opened.json()).access_token)).toMatchObject({
      acr: 'aal2',
      amr: ['email', 'recovery', 'mfa'],
    })
    const events = await auditRows(
      t,
      `subject_id = ${quoted(person.id)} and event = 'second_factor_requested'`,
    )
    expect(events).toMatchObject([{ details: { amr: 'email' } }])
  })

  it('one whose address is not verified loses it with all the rest: a stranger may have set it up', async () => {
    const { person } = await personWith(t, 1)
    await withFactor(t, person.id)
    await linkedIdentity(t, person)
    const tokens = await (await verify(await askedCode(t, person.email))).json()
    await expectAlive(t, tokens)
    expect(await (await t.get('/auth/factors', tokens.access_token)).json()).toEqual({
      ...{ totp: null, passkeys: [], recovery_codes_left: 0 },
    })
    expect(await (await t.get('/auth/identities', tokens.access_token)).json()).toEqual({
      ...{ identities: [], has_password: false },
    })
  })
})

describe('an account whose address nobody verified', () => {
  it('is given to whoever reads its mail, without what somebody else had set up', async () => {
    // Somebody signed up with the address of another person, and keeps a session and a link.
    const { person: thief, sessions } = await personWith(t, 2)
    const { token: link } = await pendingToken(t, thief, 'reset_password')
    const { token: undo } = await pendingToken(t, thief, 'undo_email_change', `x${thief.email}`)
    const other = await askedCode(t, thief.email)
    const asked = await askedCode(t, thief.email)
    const answer = await verify(asked)
    expect(answer.status).toBe(200)
    const tokens = await answer.json()
    expect(await (await t.get('/auth/me', tokens.access_token)).json()).toMatchObject({
      id: thief.id,
      email_verified: true,
    })
    for (const pair of sessions) await expectDead(t, pair)
    const login = { username_or_email: thief.username, password: PASSWORD }
    await expectProblem(await t.post('/auth/login', login), 'invalid_credentials')
    const reset = { token: link, new_password: 'another horse, another battery' }
    await expectProblem(await t.post('/auth/password/reset', reset), 'one_time_token_invalid')
    await expectProblem(await t.post('/auth/email/undo', { token: undo }), 'one_time_token_invalid')
    await expectProblem(await verify(other), 'factor_refused')
    const events = await auditRows(
      t,
      `subject_id = ${quoted(thief.id)} and event = 'email_verified'`,
    )
    expect(events).toMatchObject([{ details: { by: 'login_code' } }])
  })

  it('loses nothing by a wrong code', async () => {
    const { person, sessions } = await personWith(t, 1)
    const { code_token, code } = await askedCode(t, person.email)
    await expectProblem(await verify({ code_token, code: otherThan(code) }), 'factor_refused')
    await expectAlive(t, sessions[0])
    await t.login(person)
  })

  it('has no password then, which its owner is told, and chooses one by a link', async () => {
    const { person } = await personWith(t, 0)
    const tokens = await (await verify(await askedCode(t, person.email))).json()
    const change = { current_password: PASSWORD, new_password: 'another horse, another battery' }
    const refused = await t.post('/auth/password', change, tokens.access_token)
    await expectProblem(refused, 'invalid_credentials')
    const { token } = await pendingToken(t, person, 'reset_password')
    const reset = { token, new_password: change.new_password }
    expect((await t.post('/auth/password/reset', reset)).status).toBe(204)
    await t.login({ ...person, password: change.new_password })
  })

  it('is let in even where addresses must be verified', async () => {
    const strict = await t.beside({ env: { REQUIRE_VERIFIED_EMAIL: 'true' } })
    const { person } = await personWith(t, 0)
    const asked = await askedCode(t, person.email)
    expect((await strict.post('/auth/code/verify', asked)).status).toBe(200)
  })
})

it('the mail says the code in its language, and nothing in its subject', async () => {
  const { email } = await verified()
  const answer = await t.request('/auth/code', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-language': 'de' },
    body: JSON.stringify({ email }),
  })
  expect(answer.status).toBe(202)
  const code = await codeTo(t, email)
  const [mail] = await t.mailsTo(email)
  expect(mail?.subject).toContain('Ihr Code')
  expect(mail?.subject).not.toContain(code)
  expect(mail?.links).toEqual([])
})
