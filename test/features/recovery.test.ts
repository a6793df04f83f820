import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { subjectsTo, tokenTo } from '../support/links.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectDead, personWith } from '../support/sessions.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const NEW = 'another horse, another battery'
const forgot = (email: unknown) => t.post('/auth/password/forgot', { email })
const reset = (token: string, new_password: string = NEW) =>
  t.post('/auth/password/reset', { token, new_password })
const logIn = (username: string, password: string) =>
  t.post('/auth/login', { username_or_email: username, password })

async function resetToken(email: string): Promise<string> {
  expect((await forgot(email)).status).toBe(202)
  return tokenTo(t, email, 'http://localhost:8000/reset-password?')
}

it('a mailed link sets a new password, ends all sessions and verifies the address', async () => {
  const { person, sessions } = await personWith(t, 3)
  const token = await resetToken(person.email)
  let answer = new Response()
  const trips = await t.roundTrips(async () => {
    answer = await reset(token)
  })
  expect(trips).toBe(2)
  expect([answer.status, await answer.text()]).toEqual([204, ''])
  for (const pair of sessions) await expectDead(t, pair)
  await expectProblem(await logIn(person.username, PASSWORD), 'invalid_credentials')
  const { access_token } = await t.login({ ...person, password: NEW })
  expect(await (await t.get('/auth/me', access_token)).json()).toMatchObject({
    email_verified: true,
  })
  expect((await subjectsTo(t, person.email)).join()).toMatch(/password was changed/i)
})

it('answers the same for a known and an unknown address, in one round trip', async () => {
  const person = await t.signup()
  const answers: string[] = []
  for (const email of [person.email, person.email.toUpperCase(), 'nobody@example.org']) {
    const woken = t.awakened()
    let answer = new Response()
    const trips = await t.roundTrips(async () => {
      answer = await forgot(email)
    })
    expect([trips, t.awakened()]).toEqual([1, woken + 1])
    const headers = Object.fromEntries(answer.headers)
    delete headers['x-request-id']
    answers.push(JSON.stringify([answer.status, await answer.text(), headers]))
  }
  expect(new Set(answers).size).toBe(1)
  expect(await subjectsTo(t, 'nobody@example.org')).toEqual([])
})

it('links lead where the configuration says, whatever a request says of its host', async () => {
  const person = await t.signup()
  for (const headers of [
    { host: 'evil.example' },
    { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    { forwarded: 'host=evil.example;proto=https' },
    { origin: 'https://evil.example', referer: 'https://evil.example/' },
  ]) {
    await t.request('http://evil.example/auth/password/forgot', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ email: person.email }),
    })
    const [mail] = await t.mailsTo(person.email)
    expect(mail?.links).toEqual([
      expect.stringMatching(/^http:\/\/localhost:8000\/reset-password\?/),
    ])
    expect(mail?.html).not.toContain('evil')
  }
})

it('a disabled user gets no mail', async () => {
  const person = await t.signup()
  await t.deliver()
  await t.column(
    `update edge_auth.users set disabled_at = now() where id = '${person.id}' returning 1`,
  )
  expect((await forgot(person.email)).status).toBe(202)
  expect(await subjectsTo(t, person.email)).toHaveLength(1)
})

it.each([['x'], [''], ['a@b'], ['a@example.org, b@example.org'], [1], [undefined]])(
  'refuses an address that is none: %j',
  async (email) => {
    expect((await refusedFields(await forgot(email))).join()).toMatch(/^\/email /)
  },
)

describe('a token is refused', () => {
  it('the second time, and the password of the first stays', async () => {
    const person = await t.signup()
    const token = await resetToken(person.email)
    expect((await reset(token)).status).toBe(204)
    await expectProblem(
      await reset(token, 'a third horse, a third battery'),
      'one_time_token_invalid',
    )
    await t.login({ ...person, password: NEW })
  })

  it('once it has expired', async () => {
    const person = await t.signup()
    const token = await resetToken(person.email)
    await t.column(`update edge_auth.one_time_tokens set expires_at = now()
      where user_id = '${person.id}' returning 1`)
    await expectProblem(await reset(token), 'one_time_token_invalid')
    await t.login(person)
  })

  it('once a newer one was asked for', async () => {
    const person = await t.signup()
    const first = await resetToken(person.email)
    const second = await resetToken(person.email)
    await expectProblem(await reset(first), 'one_time_token_invalid')
    expect((await reset(second)).status).toBe(204)
  })

  it('once the password was changed', async () => {
    const { person, sessions } = await personWith(t, 1)
    const token = await resetToken(person.email)
    const change = { current_password: PASSWORD, new_password: NEW }
    const [session] = sessions
    expect((await t.post('/auth/password', change, session.access_token)).status).toBe(204)
    await expectProblem(
      await reset(token, 'a third horse, a third battery'),
      'one_time_token_invalid',
    )
    await t.login({ ...person, password: NEW })
  })

  it('at every endpoint but its own', async () => {
    const person = await t.signup()
    const token = await resetToken(person.email)
    for (const path of ['/auth/email/verify', '/auth/email/confirm', '/auth/email/undo']) {
      await expectProblem(await t.post(path, { token }), 'one_time_token_invalid')
    }
    await expectProblem(await t.get('/auth/me', token), 'token_invalid')
    await expectProblem(await t.refresh(token), 'token_invalid')
    expect((await reset(token)).status).toBe(204)
  })
})

it('also voids what else waits in the mailbox', async () => {
  const person = await t.signup()
  const verification = await tokenTo(t, person.email, '/verify-email')
  await reset(await resetToken(person.email))
  await expectProblem(
    await t.post('/auth/email/verify', { token: verification }),
    'one_time_token_invalid',
  )
})

describe('a password that is not accepted leaves the token as it is', () => {
  it.each([
    ['short', 'too_short'],
    ['password', 'too_common'],
  ])('%s', async (password, code) => {
    const person = await t.signup()
    const token = await resetToken(person.email)
    expect(await refusedFields(await reset(token, password))).toEqual([`/new_password ${code}`])
    expect((await reset(token)).status).toBe(204)
  })

  it('one that is the username or the email, whatever its spelling', async () => {
    const person = await t.signup()
    const token = await resetToken(person.email)
    for (const own of [person.username.toUpperCase(), person.email.toUpperCase()]) {
      expect(await refusedFields(await reset(token, own))).toEqual([
        '/new_password contains_identifier',
      ])
    }
    expect((await reset(token)).status).toBe(204)
  })
})

it('a forged token costs no hash', async () => {
  let hashes = 0
  const { passwords } = t.deps
  const counting = {
    ...passwords,
    hash: (...args: Parameters<typeof passwords.hash>) => {
      hashes++
      return passwords.hash(...args)
    },
  }
  const counted = await t.beside({ deps: { passwords: counting } })
  const body = { token: `${'A'.repeat(43)}.${'A'.repeat(43)}`, new_password: NEW }
  await expectProblem(await counted.post('/auth/password/reset', body), 'one_time_token_invalid')
  expect(hashes).toBe(0)
})
