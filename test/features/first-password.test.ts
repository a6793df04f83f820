import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventsOf, send } from '../support/acting.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { enrolledBehindBack } from '../support/enrolled.ts'
import { federatedPerson, withoutPassword } from '../support/identities.ts'
import { subjectsTo } from '../support/links.ts'
import { pendingToken } from '../support/mailed.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, expectDead, personWith, setSession } from '../support/sessions.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const NEW = 'another horse, another battery'
const OLD_PROOF = "authenticated_at = now() - interval '11 minutes'"
const newAddress = () => `n${crypto.randomUUID().slice(0, 8)}@example.net`
const set = (token: string, new_password: string = NEW) =>
  t.post('/auth/password', { new_password }, token)

/** What else asks for the current password, without one. */
const OTHERS: Record<string, (token: string) => Promise<Response>> = {
  'POST /auth/email': (token) => t.post('/auth/email', { new_email: newAddress() }, token),
  'DELETE /auth/me': (token) => send(t, 'DELETE', '/auth/me', { token }, {}),
}

describe('a first password', () => {
  it('is set by a fresh proof; other sessions and links end, and a mail says so', async () => {
    const { person, sessions } = await personWith(t, 2)
    const [own, other] = sessions
    await withoutPassword(t, person)
    const { token: link } = await pendingToken(t, person, 'reset_password')
    const answer = await set(own.access_token)
    expect([answer.status, await answer.text()]).toEqual([204, ''])
    await expectAlive(t, own)
    if (other) await expectDead(t, other)
    await expectAlive(t, await t.login({ ...person, password: NEW }))
    const reset = { token: link, new_password: PASSWORD }
    await expectProblem(await t.post('/auth/password/reset', reset), 'one_time_token_invalid')
    expect((await subjectsTo(t, person.email)).join()).toMatch(/password was changed/)
    expect(await eventsOf(t, person.id)).toContain('password_changed')
  })

  it('needs that proof, and keeps the rules of passwords', async () => {
    const { token, tokens, username } = await federatedPerson(t, {})
    expect(await refusedFields(await set(token, 'password1'))).toEqual(['/new_password too_common'])
    expect(await refusedFields(await set(token, username))).toEqual([
      '/new_password contains_identifier',
    ])
    await setSession(t, tokens, OLD_PROOF)
    await expectProblem(await set(token), 'step_up_required')
  })

  it('needs the proof of a second factor of whoever has one', async () => {
    const person = await federatedPerson(t, {})
    await enrolledBehindBack(
      t,
      person,
      person.tokens,
      "second_factor_at = now() - interval '1 hour'",
    )
    await expectProblem(await set(person.token), 'step_up_required')
    await setSession(t, person.tokens, 'second_factor_at = now()')
    expect((await set(person.token)).status).toBe(204)
  })

  it('is set once: then the current one is asked for', async () => {
    const { token, ...person } = await federatedPerson(t, {})
    expect((await set(token)).status).toBe(204)
    expect(await refusedFields(await set(token, PASSWORD))).toEqual(['/current_password required'])
    await t.login({ ...person, password: NEW })
  })

  it('of two at once one is set, and the other is asked for it', async () => {
    const { token, ...person } = await federatedPerson(t, {})
    const answers = await Promise.all([set(token, `${NEW} 1`), set(token, `${NEW} 2`)])
    const statuses = answers.map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([204, 422])
    await t.login({ ...person, password: `${NEW} ${statuses.indexOf(204) + 1}` })
  })

  it('is not set by a wrong current one: there is none', async () => {
    const { token } = await federatedPerson(t, {})
    const answer = await t.post(
      '/auth/password',
      { current_password: PASSWORD, new_password: NEW },
      token,
    )
    await expectProblem(answer, 'invalid_credentials')
  })
})

it.each(['POST /auth/password', ...Object.keys(OTHERS)])(
  '%s asks whoever has a password for it, however fresh the session',
  async (name) => {
    const { person, sessions } = await personWith(t, 1)
    const [tokens] = sessions
    const answer = await (OTHERS[name] ?? set)(tokens.access_token)
    expect(await refusedFields(answer)).toEqual(['/current_password required'])
    await expectAlive(t, tokens)
    await t.login(person)
  },
)

describe.each(Object.entries(OTHERS))('without a password, %s', (_name, call) => {
  it('goes by a fresh proof, and by no other', async () => {
    const { token, tokens } = await federatedPerson(t, {})
    await setSession(t, tokens, OLD_PROOF)
    await expectProblem(await call(token), 'step_up_required')
    await expectAlive(t, tokens)
    await setSession(t, tokens, 'authenticated_at = now()')
    expect([202, 204]).toContain((await call(token)).status)
  })
})

it('nobody is deleted twice, nor by a proof of another account', async () => {
  const person = await federatedPerson(t, {})
  const other = await federatedPerson(t, {})
  expect((await send(t, 'DELETE', '/auth/me', person, {})).status).toBe(204)
  await expectProblem(await send(t, 'DELETE', '/auth/me', person, {}), 'token_invalid')
  await expectAlive(t, other.tokens)
})
