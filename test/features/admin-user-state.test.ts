import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { dropRoles, eventsOf, permitted, send } from '../support/acting.ts'
import { adminOf } from '../support/admin.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { limitsOf } from '../support/limits.ts'
import { subjectsTo, tokenTo } from '../support/links.ts'
import { pendingToken } from '../support/mailed.ts'
import { quoted } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, expectDead, personWith, setUser } from '../support/sessions.ts'
import { refusedBy } from '../support/tries.ts'

let t: TestApp
let admin: Awaited<ReturnType<typeof adminOf>>
beforeAll(async () => {
  t = await createTestApp()
  admin = await adminOf(t)
})
afterEach(() => dropRoles(t))
afterAll(() => t.close())

const NOBODY = '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071'
const act = (way: string, id: string, token = admin.token) =>
  send(t, 'POST', `/admin/users/${id}/${way}`, { token })
const remove = (id: string, token = admin.token) =>
  send(t, 'DELETE', `/admin/users/${id}`, { token })
const logIn = (username: string) =>
  t.post('/auth/login', { username_or_email: username, password: PASSWORD })

describe('disabling a user', () => {
  it('ends the sessions for good: enabling brings none back', async () => {
    const { person, sessions } = await personWith(t, 2)
    const answer = await act('disable', person.id)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({
      id: person.id,
      disabled_at: expect.stringMatching(/Z$/),
    })
    for (const pair of sessions) await expectDead(t, pair)
    await expectProblem(await logIn(person.username), 'invalid_credentials')

    expect(await (await act('enable', person.id)).json()).toMatchObject({ disabled_at: null })
    for (const pair of sessions) await expectDead(t, pair)
    await expectAlive(t, await t.login(person))
    expect((await eventsOf(t, person.id)).slice(-3)).toEqual([
      'user_disabled',
      'user_enabled',
      'session_opened',
    ])
  })

  it('does nothing, and records nothing, the second time', async () => {
    const person = await t.signup()
    const first = await (await act('disable', person.id)).json()
    expect(await (await act('disable', person.id)).json()).toEqual(first)
    await act('enable', person.id)
    const enabled = await act('enable', person.id)
    expect([enabled.status, (await enabled.json()).disabled_at]).toEqual([200, null])
    expect(await eventsOf(t, person.id)).toEqual(['user_created', 'user_disabled', 'user_enabled'])
  })

  it('voids the links that were mailed', async () => {
    const person = await t.signup()
    const { token: reset } = await pendingToken(t, person, 'reset_password')
    const { token: verify } = await pendingToken(t, person, 'verify_email')
    await act('disable', person.id)
    await act('enable', person.id)
    const body = { token: reset, new_password: 'another horse, another battery' }
    await expectProblem(await t.post('/auth/password/reset', body), 'one_time_token_invalid')
    const verified = await t.post('/auth/email/verify', { token: verify })
    await expectProblem(verified, 'one_time_token_invalid')
    await t.login(person)
  })

  it('leaves a disabled admin nothing anywhere', async () => {
    const other = await adminOf(t)
    expect((await send(t, 'GET', '/admin/roles', other)).status).toBe(200)
    await act('disable', other.id)
    const { id } = await t.signup()
    const attempts = [
      send(t, 'GET', '/admin/roles', other),
      act('disable', id, other.token),
      act('enable', other.id, other.token),
      remove(id, other.token),
      send(t, 'PUT', `/admin/users/${id}/roles/admin`, other),
    ]
    for (const attempt of attempts) await expectProblem(await attempt, 'token_invalid')
    expect(await eventsOf(t, id)).toEqual(['user_created'])
  })

  it('is not for oneself', async () => {
    const answer = await act('disable', admin.id)
    expect((await expectProblem(answer, 'permission_denied')).detail).toMatch(/another admin/)
    await expectProblem(await remove(admin.id), 'permission_denied')
    expect((await send(t, 'GET', '/auth/me', admin)).status).toBe(200)
  })

  it('answers in three round trips', async () => {
    const { id } = await t.signup()
    expect(await t.roundTrips(() => act('disable', id))).toBe(3)
  })
})

describe('verifying an email', () => {
  it('is said once, and recorded once', async () => {
    const person = await t.signup()
    const first = await (await act('verify-email', person.id)).json()
    expect(first).toMatchObject({
      email_verified: true,
      email_verified_at: expect.stringMatching(/Z$/),
    })
    expect(await (await act('verify-email', person.id)).json()).toEqual(first)
    expect(await eventsOf(t, person.id)).toEqual(['user_created', 'email_verified'])
  })
})

describe('starting a password reset', () => {
  it('mails the user a link in the language of the user, and tells nobody else the password', async () => {
    const { person, sessions } = await personWith(t, 1)
    await setUser(t, person, "locale = 'de-AT'")
    const answer = await act('password-reset', person.id)
    expect([answer.status, await answer.text()]).toEqual([202, ''])
    expect(await subjectsTo(t, person.email)).toContainEqual(expect.stringMatching(/Passwort/))
    expect(await subjectsTo(t, admin.email)).not.toContainEqual(expect.stringMatching(/assw/))
    // Whoever knows the present password goes on until the user has chosen another.
    await expectAlive(t, sessions[0])
    const token = await tokenTo(t, person.email, '/reset-password')
    const new_password = 'another horse, another battery'
    expect((await t.post('/auth/password/reset', { token, new_password })).status).toBe(204)
    await expectDead(t, sessions[0])
    await t.login({ ...person, password: new_password })
    expect(await eventsOf(t, person.id)).toContain('password_reset_requested')
  })

  it('sends a disabled user nothing', async () => {
    const person = await t.signup()
    await act('disable', person.id)
    expect((await act('password-reset', person.id)).status).toBe(202)
    // Not even the one of the sign-up, whose link was voided.
    expect(await subjectsTo(t, person.email)).toEqual([])
    expect(await eventsOf(t, person.id)).toEqual(['user_created', 'user_disabled'])
  })

  it('is limited by address, and says so where there is no mailer', async () => {
    const strict = await t.beside({ env: { RATE_LIMITS: limitsOf({ mail_address: 2 }) } })
    const person = await t.signup()
    const ask = (app: TestApp) =>
      send(app, 'POST', `/admin/users/${person.id}/password-reset`, admin)
    expect((await ask(strict)).status).toBe(202)
    expect((await ask(strict)).status).toBe(202)
    expect(await refusedBy(await ask(strict))).toBe('mail_address')
    // What the user asks for is counted apart.
    const own = await strict.post('/auth/password/forgot', { email: person.email })
    expect(own.status).toBe(202)

    const mailless = await t.beside({ env: { MAIL_PROVIDER: 'none' } })
    await expectProblem(await ask(mailless), 'mail_not_configured')
    expect((await eventsOf(t, person.id)).filter((event) => /reset/.test(event))).toHaveLength(3)
  })

  it('counts nothing for whoever may not ask', async () => {
    const strict = await t.beside({ env: { RATE_LIMITS: limitsOf({ mail_address: 1 }) } })
    const other = await adminOf(t)
    const weak = await permitted(t, 'auth:users:reset_password')
    const path = `/admin/users/${other.id}/password-reset`
    for (let tries = 0; tries < 3; tries++) {
      await expectProblem(await send(strict, 'POST', path, weak), 'permission_denied')
    }
    expect((await send(strict, 'POST', path, admin)).status).toBe(202)
  })
})

describe('deleting a user', () => {
  it('removes all that is theirs, and a mail says so', async () => {
    const { person, sessions } = await personWith(t, 1)
    const answer = await remove(person.id)
    expect([answer.status, await answer.text()]).toEqual([204, ''])
    await expectDead(t, sessions[0])
    for (const table of ['credentials', 'sessions', 'one_time_tokens', 'user_roles']) {
      const left = await t.column(
        `select 1 from edge_auth.${table} where user_id = ${quoted(person.id)}`,
      )
      expect(left).toEqual([])
    }
    expect(await subjectsTo(t, person.email)).toContainEqual(expect.stringMatching(/deleted/i))
    const { username, email, password } = person
    expect((await t.post('/auth/signup', { username, email, password })).status).toBe(201)
    await expectProblem(await remove(person.id), 'not_found')
    const [event] = await t.column(`select details::text from edge_auth.audit_events
      where event = 'user_deleted' and subject_id = ${quoted(person.id)}`)
    expect(JSON.parse(String(event))).toEqual({ email: `p***@example.org` })
  })
})

it.each([
  ['disable', NOBODY],
  ['enable', NOBODY],
  ['verify-email', NOBODY],
  ['password-reset', NOBODY],
  ['disable', 'x'],
  ['enable', '..'],
  ['verify-email', `${NOBODY}%00`],
  ['password-reset', '%20'],
])('POST …/%s finds no user %s', async (way, id) => {
  await expectProblem(await act(way, id), 'not_found')
})

it('knows an id in upper case', async () => {
  const { id } = await t.signup()
  expect((await act('disable', id.toUpperCase())).status).toBe(200)
  await expectProblem(await remove('x'), 'not_found')
  expect((await remove(id.toUpperCase())).status).toBe(204)
})

it('moves the version, so that whoever saw the user before is told by If-Match', async () => {
  const { id } = await t.signup()
  const version = async () =>
    Number((await t.column(`select version from edge_auth.users where id = ${quoted(id)}`))[0])
  for (const way of ['disable', 'enable', 'verify-email']) {
    const before = await version()
    await act(way, id)
    expect(await version(), way).toBe(before + 1)
    await act(way, id)
    expect(await version(), way).toBe(before + 1)
  }
})
