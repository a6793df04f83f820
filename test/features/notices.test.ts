import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { subjectsTo } from '../support/links.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { personWith, setSession } from '../support/sessions.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const FIREFOX = (version: number) =>
  `Mozilla/5.0 (X11; Linux x86_64; rv:${version}.0) Gecko/20100101 Firefox/${version}.0`
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/143.0 Safari/537.36'

it('a changed password is told, with who did it', async () => {
  const { person, sessions } = await personWith(t, 1)
  await t.deliver()
  const body = { current_password: PASSWORD, new_password: 'another horse, another battery' }
  const answer = await t.request('/auth/password', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': FIREFOX(143),
      'x-test-address': '203.0.113.7',
      authorization: `Bearer ${sessions[0].access_token}`,
    },
    body: JSON.stringify(body),
  })
  expect(answer.status).toBe(204)
  const [notice] = await t.mailsTo(person.email)
  expect(notice?.subject).toMatch(/password was changed/i)
  expect(notice?.text).toMatch(/Firefox 143/)
  expect(notice?.text).toContain('203.0.113.7')
})

it('a password that was not changed is not told of', async () => {
  const { person, sessions } = await personWith(t, 1)
  const before = await subjectsTo(t, person.email)
  const body = { current_password: 'wrong', new_password: 'another horse, another battery' }
  await expectProblem(
    await t.post('/auth/password', body, sessions[0].access_token),
    'invalid_credentials',
  )
  expect(await subjectsTo(t, person.email)).toEqual(before)
})

it('the end of a session whose old token was used once more is told, once', async () => {
  const { person, sessions } = await personWith(t, 1)
  const [pair] = sessions
  await t.deliver()
  expect((await t.refresh(pair.refresh_token)).status).toBe(200)
  await setSession(t, pair, "rotated_at = now() - interval '1 hour'")
  for (let times = 0; times < 3; times++) {
    await expectProblem(await t.refresh(pair.refresh_token), 'token_invalid')
  }
  const subjects = await subjectsTo(t, person.email)
  expect(subjects).toHaveLength(2)
  expect(subjects.join()).toMatch(/logged out/i)
})

it('a refresh as it should be is not told of, and wakes nobody', async () => {
  const { person, sessions } = await personWith(t, 1)
  const before = await subjectsTo(t, person.email)
  const woken = t.awakened()
  expect((await t.refresh(sessions[0].refresh_token)).status).toBe(200)
  expect(t.awakened()).toBe(woken)
  expect(await subjectsTo(t, person.email)).toEqual(before)
})

it('the owner of an address hears of a sign-up for it', async () => {
  const owner = await t.signup()
  await t.deliver()
  const again = {
    username: `x${owner.username}`.slice(0, 32),
    email: owner.email,
    password: PASSWORD,
  }
  await expectProblem(await t.post('/auth/signup', again), 'already_taken')
  const [notice] = await t.mailsTo(owner.email)
  expect(notice?.text).toContain(owner.username)
  // A name that is taken tells nobody anything.
  await expectProblem(
    await t.post('/auth/signup', { ...again, username: owner.username, email: 'x@example.org' }),
    'already_taken',
  )
  expect(await subjectsTo(t, 'x@example.org')).toEqual([])
})

describe('a new device', () => {
  const logIn = async (app: TestApp, username: string, userAgent: string) => {
    const answer = await app.request('/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': userAgent },
      body: JSON.stringify({ username_or_email: username, password: PASSWORD }),
    })
    expect(answer.status).toBe(200)
  }

  it('is told where that is configured: not the first, not a new version', async () => {
    const telling = await t.beside({ env: { NEW_DEVICE_NOTICE: 'true' } })
    const person = await t.signup()
    for (const userAgent of [FIREFOX(142), FIREFOX(143)]) {
      await logIn(telling, person.username, userAgent)
    }
    expect(await subjectsTo(t, person.email)).toHaveLength(1)
    const trips = await telling.roundTrips(() => logIn(telling, person.username, CHROME))
    expect(trips).toBe(2)
    await logIn(telling, person.username, CHROME)
    const mails = await t.mailsTo(person.email)
    expect(mails).toHaveLength(2)
    expect(mails[0]?.text).toMatch(/Chrome/)
  })

  it('is not told of by default', async () => {
    const person = await t.signup()
    for (const userAgent of [FIREFOX(142), CHROME]) await logIn(t, person.username, userAgent)
    expect(await subjectsTo(t, person.email)).toHaveLength(1)
  })
})

describe('without a mailer', () => {
  it('what needs a mail says so, and all else works', async () => {
    const mute = await t.beside({ env: { MAIL_PROVIDER: 'none' } })
    const person = await mute.signup()
    const { access_token } = await mute.login(person)
    const { email } = person
    for (const [path, body, token] of [
      ['/auth/password/forgot', { email }],
      ['/auth/email/verification', { email }],
      ['/auth/email', { new_email: 'y@example.org', current_password: PASSWORD }, access_token],
    ] as const) {
      const trips = await mute.roundTrips(async () =>
        expectProblem(await mute.post(path, body, token), 'mail_not_configured'),
      )
      expect(trips).toBe(0)
    }
    const change = { current_password: PASSWORD, new_password: 'another horse, another battery' }
    expect((await mute.post('/auth/password', change, access_token)).status).toBe(204)
    expect(await t.column(`select 1 from edge_auth.outbox where user_id = '${person.id}'`)).toEqual(
      [],
    )
    expect(
      await t.column(`select 1 from edge_auth.one_time_tokens where user_id = '${person.id}'`),
    ).toEqual([])
  })
})
