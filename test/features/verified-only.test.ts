import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { subjectsTo, tokenTo } from '../support/links.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive } from '../support/sessions.ts'

let base: TestApp
let t: TestApp
beforeAll(async () => {
  base = await createTestApp()
  t = await base.beside({ env: { REQUIRE_VERIFIED_EMAIL: 'true' } })
})
afterAll(() => base.close())

const somebody = () => {
  const username = `r${crypto.randomUUID().slice(0, 8)}`
  return { username, email: `${username}@example.org`, password: PASSWORD }
}
const signup = (person: object) => t.post('/auth/signup', person)
const logIn = (name: string, password = PASSWORD) =>
  t.post('/auth/login', { username_or_email: name, password })

/** The whole of an answer, but for its id. */
async function whole(answer: Response): Promise<string> {
  const headers = Object.fromEntries(answer.headers)
  delete headers['x-request-id']
  return JSON.stringify([answer.status, await answer.text(), headers])
}

it('a sign-up answers the same for what is new and for what is taken, in two round trips', async () => {
  const [known, fresh] = [somebody(), somebody()]
  await signup(known)
  const answers: string[] = []
  for (const person of [
    fresh,
    { ...somebody(), email: known.email },
    { ...somebody(), email: known.email.toUpperCase() },
    { ...somebody(), username: known.username },
    known,
  ]) {
    let answer = new Response()
    const trips = await t.roundTrips(async () => {
      answer = await signup(person)
    })
    expect(trips).toBe(2)
    answers.push(await whole(answer))
  }
  expect(new Set(answers).size).toBe(1)
  expect(answers[0]).toContain('verification_required')
  expect(answers[0]).toContain('202')
})

it('each address is told what became of the sign-up, and nobody else is', async () => {
  const owner = somebody()
  await signup(owner)
  await t.deliver()
  const stranger = somebody()

  await signup({ ...stranger, email: owner.email })
  const [notice] = await t.mailsTo(owner.email)
  expect(notice?.text).toContain(owner.username)
  expect(notice?.text).not.toContain(stranger.username)

  await signup({ ...stranger, username: owner.username })
  const [taken] = await t.mailsTo(stranger.email)
  expect(taken?.text).toContain(owner.username)
  expect(taken?.text).not.toContain(owner.email)
  expect(taken?.links).toEqual([])
  expect(await subjectsTo(t, owner.email)).toHaveLength(2)
})

it('a sign-up for an address that is taken changes nothing of the account', async () => {
  const owner = somebody()
  await signup(owner)
  await signup({ ...somebody(), email: owner.email, password: 'a password of a stranger' })
  await t.post('/auth/email/verify', { token: await tokenTo(t, owner.email, '/verify-email') })
  await t.login(owner)
  await expectProblem(await logIn(owner.email, 'a password of a stranger'), 'invalid_credentials')
})

it('bad fields are named all the same', async () => {
  const person = somebody()
  expect(await refusedFields(await signup({ ...person, password: person.email }))).toEqual([
    '/password contains_identifier',
  ])
})

describe('a log-in', () => {
  it('with the right password is refused by its own code until the address is verified', async () => {
    const person = somebody()
    await signup(person)
    const { detail } = await expectProblem(await logIn(person.username), 'email_not_verified')
    expect(detail).toMatch(/link/)
    await t.post('/auth/email/verify', { token: await tokenTo(t, person.email, '/verify-email') })
    await expectAlive(t, await t.login(person))
  })

  it('with a wrong password tells nothing', async () => {
    const person = somebody()
    await signup(person)
    const wrong = await whole(await logIn(person.username, 'wrong'))
    const unknown = await whole(await logIn('nobody.of.this.name', 'wrong'))
    const code = (text: string) => text.replaceAll(/"request_id\\*":\\*"[^"]+"/g, '')
    expect(code(wrong)).toBe(code(unknown))
  })

  it('opens after a reset, which verifies the address', async () => {
    const person = somebody()
    await signup(person)
    await t.post('/auth/password/forgot', { email: person.email })
    const body = {
      token: await tokenTo(t, person.email, '/reset-password'),
      new_password: 'another horse, another battery',
    }
    expect((await t.post('/auth/password/reset', body)).status).toBe(204)
    await t.login({ ...person, password: body.new_password })
  })

  it('is refused by the statement too, if the address was unverified between reading and opening', async () => {
    const person = somebody()
    await signup(person)
    await t.post('/auth/email/verify', { token: await tokenTo(t, person.email, '/verify-email') })
    const { verify } = t.deps.passwords
    const meddling = await base.beside({
      env: { REQUIRE_VERIFIED_EMAIL: 'true' },
      deps: {
        passwords: {
          ...t.deps.passwords,
          verify: async (...args: Parameters<typeof verify>) => {
            const verdict = await verify(...args)
            await t.column(`update edge_auth.users set email_verified_at = null
              where username = '${person.username}' returning 1`)
            return verdict
          },
        },
      },
    })
    const answer = await meddling.post('/auth/login', {
      username_or_email: person.username,
      password: PASSWORD,
    })
    await expectProblem(answer, 'email_not_verified')
  })
})

it('without the setting an unverified user logs in as ever', async () => {
  const person = await base.signup()
  await expectAlive(base, await base.login(person))
})
