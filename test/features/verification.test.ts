import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Person, TestApp } from '../support/app.ts'
import { subjectsTo, tokenTo } from '../support/links.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const verify = (token: unknown) => t.post('/auth/email/verify', { token })
const sendAgain = (body: unknown, token?: string) => t.post('/auth/email/verification', body, token)

async function isVerified(person: Person): Promise<boolean> {
  const { access_token } = await t.login(person)
  const shown = await (await t.get('/auth/me', access_token)).json()
  expect(decodeJwt(access_token).email_verified).toBe(shown.email_verified)
  return shown.email_verified
}

it('a sign-up mails a link, and its token verifies the address', async () => {
  const person = await t.signup()
  expect(await isVerified(person)).toBe(false)
  const token = await tokenTo(t, person.email, 'http://localhost:8000/verify-email?')
  expect(await t.roundTrips(() => verify(token))).toBe(1)
  expect(await isVerified(person)).toBe(true)
})

it('the answer to a sign-up says that the address is not verified', async () => {
  const name = `v${crypto.randomUUID().slice(0, 8)}`
  const person = { username: name, email: `${name}@example.org`, password: 'correct horse battery' }
  const answer = await t.post('/auth/signup', person)
  expect(await answer.json()).toMatchObject({ email_verified: false })
})

it('no session is opened by it, and a refresh token says nothing of it', async () => {
  const person = await t.signup()
  const answer = await verify(await tokenTo(t, person.email, '/verify-email'))
  expect(answer.status).toBe(204)
  expect(await answer.text()).toBe('')
  const { refresh_token } = await t.login(person)
  expect(decodeJwt(refresh_token)).not.toHaveProperty('email_verified')
})

it('a refresh brings what is true by then into the access token', async () => {
  const person = await t.signup()
  const pair = await t.login(person)
  expect(decodeJwt(pair.access_token).email_verified).toBe(false)
  await verify(await tokenTo(t, person.email, '/verify-email'))
  const next = await (await t.refresh(pair.refresh_token)).json()
  expect(decodeJwt(next.access_token).email_verified).toBe(true)
})

describe('a token is refused', () => {
  it('the second time', async () => {
    const person = await t.signup()
    const token = await tokenTo(t, person.email, '/verify-email')
    expect((await verify(token)).status).toBe(204)
    await expectProblem(await verify(token), 'one_time_token_invalid')
  })

  it('once it has expired', async () => {
    const person = await t.signup()
    const token = await tokenTo(t, person.email, '/verify-email')
    await t.column(`update edge_auth.one_time_tokens set expires_at = now()
      where user_id = '${person.id}' returning 1`)
    await expectProblem(await verify(token), 'one_time_token_invalid')
    expect(await isVerified(person)).toBe(false)
  })

  it('once a newer one was asked for, which works', async () => {
    const person = await t.signup()
    const first = await tokenTo(t, person.email, '/verify-email')
    expect((await sendAgain({ email: person.email })).status).toBe(202)
    const second = await tokenTo(t, person.email, '/verify-email')
    await expectProblem(await verify(first), 'one_time_token_invalid')
    expect((await verify(second)).status).toBe(204)
  })

  it('of a user who is disabled', async () => {
    const person = await t.signup()
    const token = await tokenTo(t, person.email, '/verify-email')
    const disabled = (value: string) =>
      t.column(
        `update edge_auth.users set disabled_at = ${value} where id = '${person.id}' returning 1`,
      )
    await disabled('now()')
    await expectProblem(await verify(token), 'one_time_token_invalid')
    await disabled('null')
    expect((await verify(token)).status).toBe(204)
  })

  it('where nobody made it, without a question to the database', async () => {
    const person = await t.signup()
    const token = await tokenTo(t, person.email, '/verify-email')
    const [ids = '', signature = ''] = token.split('.')
    const other = await tokenTo(t, (await t.signup()).email, '/verify-email')
    const forged = [
      'x',
      ids,
      `${ids}.`,
      `${ids}.${'A'.repeat(43)}`,
      `${ids}.${signature.slice(0, -1)}`,
      `${ids}.${signature}A`,
      `${other.split('.')[0]}.${signature}`,
      token.toUpperCase(),
      'ü'.repeat(87),
    ]
    for (const one of forged) {
      const trips = await t.roundTrips(async () =>
        expectProblem(await verify(one), 'one_time_token_invalid'),
      )
      expect(trips).toBe(0)
    }
    expect((await verify(token)).status).toBe(204)
  })

  it.each([[undefined], [null], [1], [''], ['  '], [['x']], [{}]])(
    'in the wrong shape: %j',
    async (token) => {
      await expectProblem(await verify(token), 'validation_failed')
    },
  )
})

describe('sent again', () => {
  it('answers the same for a known, a verified and an unknown address, in one round trip', async () => {
    const [known, verified] = [await t.signup(), await t.signup()]
    await verify(await tokenTo(t, verified.email, '/verify-email'))
    const before = (await subjectsTo(t, verified.email)).length
    const answers: string[] = []
    for (const email of [known.email, verified.email, 'nobody@example.org']) {
      const woken = t.awakened()
      let answer = new Response()
      const trips = await t.roundTrips(async () => {
        answer = await sendAgain({ email })
      })
      expect(trips).toBe(1)
      expect(t.awakened()).toBe(woken + 1)
      const headers = Object.fromEntries(answer.headers)
      delete headers['x-request-id']
      answers.push(JSON.stringify([answer.status, await answer.text(), headers]))
    }
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toContain('202')
    expect(await subjectsTo(t, known.email)).toHaveLength(2)
    expect(await subjectsTo(t, verified.email)).toHaveLength(before)
    expect(await subjectsTo(t, 'nobody@example.org')).toEqual([])
  })

  it('takes the address from the access token where the body names none', async () => {
    const person = await t.signup()
    const { access_token } = await t.login(person)
    expect((await sendAgain({}, access_token)).status).toBe(202)
    const bare = await t.request('/auth/email/verification', {
      method: 'POST',
      headers: { authorization: `Bearer ${access_token}` },
    })
    expect(bare.status).toBe(202)
    await expectProblem(await sendAgain({}), 'token_missing')
    await expectProblem(await sendAgain({}, 'x'), 'token_invalid')
    expect(await subjectsTo(t, person.email)).not.toHaveLength(0)
  })

  it('finds the address whatever its spelling', async () => {
    const person = await t.signup()
    await t.deliver()
    await sendAgain({ email: ` ${person.email.toUpperCase()} ` })
    expect(await subjectsTo(t, person.email)).toHaveLength(2)
  })
})

it('writes in the language that the browser asks for', async () => {
  const name = `v${crypto.randomUUID().slice(0, 8)}`
  const person = { username: name, email: `${name}@example.org`, password: 'correct horse battery' }
  await t.request('/auth/signup', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-language': 'fr, de;q=0.9, en;q=0.8' },
    body: JSON.stringify(person),
  })
  const [mail] = await t.mailsTo(person.email)
  expect(mail?.html).toContain('lang="de"')
})
