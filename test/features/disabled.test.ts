import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { quoted } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, expectDead, setUser } from '../support/sessions.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const login = (identifier: string) =>
  t.post('/auth/login', { username_or_email: identifier, password: PASSWORD })

describe('a disabled user', () => {
  it('is out at once, and in again when enabled', async () => {
    const person = await t.signup()
    const tokens = await t.login(person)
    await expectAlive(t, tokens)
    await setUser(t, person, 'disabled_at = now()')
    await expectDead(t, tokens)
    await expectProblem(await login(person.username), 'invalid_credentials')
    await setUser(t, person, 'disabled_at = null')
    await expectAlive(t, tokens)
    await t.login(person)
  })

  it('who is deleted is out at once, too', async () => {
    const person = await t.signup()
    const tokens = await t.login(person)
    await t.column(`delete from edge_auth.users where id = ${quoted(person.id)}`)
    await expectDead(t, tokens)
    await expectProblem(await login(person.username), 'invalid_credentials')
    expect(
      await t.column(`select id from edge_auth.sessions where user_id = ${quoted(person.id)}`),
    ).toEqual([])
  })
})
