import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { dropRoles, eventsOf, permitted, send } from '../support/acting.ts'
import { adminOf } from '../support/admin.ts'
import type { TestApp } from '../support/app.ts'
import { quoted } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, expectDead, personWith, sidOf } from '../support/sessions.ts'

let t: TestApp
let admin: Awaited<ReturnType<typeof adminOf>>
beforeAll(async () => {
  t = await createTestApp()
  admin = await adminOf(t)
})
afterEach(() => dropRoles(t))
afterAll(() => t.close())

type Listed = { id: string; current: boolean }[]

const sessionsOf = (id: string, by = admin) => send(t, 'GET', `/admin/users/${id}/sessions`, by)
const end = (id: string, session?: string) =>
  send(t, 'DELETE', `/admin/users/${id}/sessions${session ? `/${session}` : ''}`, admin)
const listed = async (id: string, by = admin): Promise<Listed> =>
  ((await (await sessionsOf(id, by)).json()) as { sessions: Listed }).sessions

describe("a user's sessions", () => {
  it('are shown as the user sees them, but that none is the current one', async () => {
    const { person, sessions } = await personWith(t, 2)
    const own = await t.get('/auth/sessions', sessions[0].access_token)
    const { sessions: shown } = (await own.json()) as { sessions: Listed }
    expect(await listed(person.id)).toEqual(shown.map((one) => ({ ...one, current: false })))
    expect(shown).toHaveLength(2)
  })

  it('are the current one only where they are the very one that asks', async () => {
    await t.login(admin)
    expect((await listed(admin.id)).filter(({ current }) => current)).toHaveLength(1)
  })

  it('are none of nobody', async () => {
    const { id } = await t.signup()
    expect(await listed(id)).toEqual([])
    for (const nobody of ['0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071', 'x', '%00']) {
      await expectProblem(await sessionsOf(nobody), 'not_found')
      await expectProblem(await end(nobody), 'not_found')
      await expectProblem(await end(nobody, id), 'not_found')
    }
  })

  it('end one by one', async () => {
    const { person, sessions } = await personWith(t, 2)
    const [kept, ended] = sessions
    if (!ended) throw new Error('two sessions')
    const answer = await end(person.id, sidOf(ended).toUpperCase())
    expect([answer.status, await answer.text()]).toEqual([204, ''])
    await expectDead(t, ended)
    await expectAlive(t, kept)
    await expectProblem(await end(person.id, sidOf(ended)), 'not_found')
    await expectProblem(await end(person.id, 'x'), 'not_found')
    const [told] = await t.column(`select actor_id || ' ' || session_id || ' ' || details::text
      from edge_auth.audit_events where event = 'session_ended' and subject_id = ${quoted(person.id)}`)
    const { id } = (await listed(admin.id)).find(({ current }) => current) ?? { id: '' }
    expect(told).toBe(`${admin.id} ${id} {"session": "${sidOf(ended)}"}`)
  })

  it('are not ended by the id of another user', async () => {
    const { sessions } = await personWith(t, 1)
    const { person: other } = await personWith(t, 1)
    await expectProblem(await end(other.id, sidOf(sessions[0])), 'not_found')
    await expectAlive(t, sessions[0])
  })

  it('end all at once, and a new log-in works', async () => {
    const { person, sessions } = await personWith(t, 3)
    const { sessions: others } = await personWith(t, 1)
    expect((await end(person.id)).status).toBe(204)
    for (const pair of sessions) await expectDead(t, pair)
    await expectAlive(t, others[0])
    await expectAlive(t, await t.login(person))
    expect(await eventsOf(t, person.id)).toContain('sessions_ended')
  })
})

it('to read them is not to end them, nor the other way round', async () => {
  const { person, sessions } = await personWith(t, 1)
  const reader = await permitted(t, 'auth:sessions:read')
  const ender = await permitted(t, 'auth:sessions:end')
  const path = `/admin/users/${person.id}/sessions`
  await expectProblem(await send(t, 'GET', path, ender), 'permission_denied')
  await expectProblem(await send(t, 'DELETE', path, reader), 'permission_denied')
  const one = `${path}/${sidOf(sessions[0])}`
  await expectProblem(await send(t, 'DELETE', one, reader), 'permission_denied')
  await expectAlive(t, sessions[0])
  expect((await send(t, 'GET', path, reader)).status).toBe(200)
  expect((await send(t, 'DELETE', one, ender)).status).toBe(204)
  await expectDead(t, sessions[0])
})
