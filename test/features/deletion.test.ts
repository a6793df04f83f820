import { afterAll, beforeAll, expect, it } from 'vitest'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { subjectsTo, tokenTo } from '../support/links.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, expectDead, personWith } from '../support/sessions.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const remove = (token: string | undefined, body: unknown = { current_password: PASSWORD }) =>
  t.request('/auth/me', {
    method: 'DELETE',
    headers: {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })

it('removes the user and all that is theirs, and a mail says so', async () => {
  const { person, sessions } = await personWith(t, 2)
  const verification = await tokenTo(t, person.email, '/verify-email')
  const answer = await remove(sessions[0].access_token)
  expect([answer.status, await answer.text()]).toEqual([204, ''])
  for (const pair of sessions) await expectDead(t, pair)
  for (const table of ['credentials', 'sessions', 'one_time_tokens']) {
    const left = await t.column(`select 1 from edge_auth.${table} where user_id = '${person.id}'`)
    expect(left).toEqual([])
  }
  await expectProblem(
    await t.post('/auth/login', { username_or_email: person.username, password: PASSWORD }),
    'invalid_credentials',
  )
  await expectProblem(
    await t.post('/auth/email/verify', { token: verification }),
    'one_time_token_invalid',
  )
  expect(await subjectsTo(t, person.email)).toContainEqual(expect.stringMatching(/deleted/i))
})

it('frees username and address at once', async () => {
  const { person, sessions } = await personWith(t, 1)
  await remove(sessions[0].access_token)
  const { username, email, password } = person
  expect((await t.post('/auth/signup', { username, email, password })).status).toBe(201)
  await expectDead(t, sessions[0])
})

it('needs the current password, and takes nobody else along', async () => {
  const { sessions } = await personWith(t, 1)
  const { sessions: others } = await personWith(t, 1)
  const [{ access_token }] = sessions
  await expectProblem(
    await remove(access_token, { current_password: 'wrong' }),
    'invalid_credentials',
  )
  expect(await refusedFields(await remove(access_token, {}))).toEqual([
    '/current_password required',
  ])
  await expectProblem(await remove(undefined), 'token_missing')
  await expectAlive(t, sessions[0])
  expect((await remove(access_token)).status).toBe(204)
  await expectAlive(t, others[0])
  await expectProblem(await remove(access_token), 'token_invalid')
})

it('takes two round trips, as a check and a change do', async () => {
  const { sessions } = await personWith(t, 1)
  expect(await t.roundTrips(() => remove(sessions[0].access_token))).toBe(2)
})

it('deletes nothing if the password was changed between its check and the deletion', async () => {
  const { person, sessions } = await personWith(t, 1)
  const { verify } = t.deps.passwords
  const meddling = await t.beside({
    deps: {
      passwords: {
        ...t.deps.passwords,
        verify: async (...args: Parameters<typeof verify>) => {
          const verdict = await verify(...args)
          await t.column(`update edge_auth.credentials set password_hash = password_hash || 'A'
            where user_id = '${person.id}' returning 1`)
          return verdict
        },
      },
    },
  })
  const answer = await meddling.request('/auth/me', {
    method: 'DELETE',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${sessions[0].access_token}`,
    },
    body: JSON.stringify({ current_password: PASSWORD }),
  })
  await expectProblem(answer, 'invalid_credentials')
  await expectAlive(t, sessions[0])
})
