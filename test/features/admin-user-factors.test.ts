import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventsOf, permitted, send } from '../support/acting.ts'
import { type Admin, adminOf } from '../support/admin.ts'
import type { TestApp } from '../support/app.ts'
import { withTotp } from '../support/enrolled.ts'
import { enrol } from '../support/factors.ts'
import { subjectsTo } from '../support/links.ts'
import { quoted } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, expectDead } from '../support/sessions.ts'

let t: TestApp
let admin: Admin
beforeAll(async () => {
  t = await createTestApp()
  admin = await adminOf(t)
})
afterAll(() => t.close())

const path = (id: string) => `/admin/users/${id}/factors`
const NOBODY = '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071'

/** A passkey of somebody, which nobody holds. */
const passkeyOf = (id: string) =>
  t.column(`insert into edge_auth.passkeys (id, user_id, credential_id, public_key, counter, is_backup_eligible, is_backed_up, name)
    values (gen_random_uuid(), ${quoted(id)}, ${quoted(crypto.randomUUID())}, 'a', 0, true, true, 'Phone') returning id`)

/** How many rows there are that would be a factor of somebody, and how many the user's row counts. */
async function leftOf(id: string): Promise<unknown[]> {
  const tables = ['totp_factors', 'passkeys', 'recovery_codes'].map(
    (table) => `(select count(*) from edge_auth.${table} where user_id = ${quoted(id)})`,
  )
  return t.column(
    `select concat_ws(' ', ${tables.join(', ')}, factor_count) from edge_auth.users where id = ${quoted(id)}`,
  )
}

describe('GET /admin/users/{id}/factors', () => {
  it('shows what the user sees, and nothing that proves anything', async () => {
    const { person, tokens, recoveryCode } = await withTotp(t)
    await passkeyOf(person.id)
    const answer = await t.get(path(person.id), admin.token)
    const text = await answer.clone().text()
    expect(await answer.json()).toEqual(
      await (await t.get('/auth/factors', tokens.access_token)).json(),
    )
    expect(JSON.parse(text)).toMatchObject({
      totp: { created_at: expect.stringMatching(/Z$/) },
      passkeys: [{ name: 'Phone', suspended: false }],
      recovery_codes_left: 1,
    })
    const [sealed] = await t.column(
      `select sealed_secret from edge_auth.totp_factors where user_id = ${quoted(person.id)}`,
    )
    expect(text).not.toContain(String(sealed))
    expect(text).not.toContain(recoveryCode)
  })

  it('is empty for somebody without, and not found for nobody', async () => {
    const { id } = await t.signup()
    const none = { totp: null, passkeys: [], recovery_codes_left: 0 }
    expect(await (await t.get(path(id), admin.token)).json()).toEqual(none)
    await expectProblem(await t.get(path(NOBODY), admin.token), 'not_found')
    await expectProblem(await t.get(path('x'), admin.token), 'not_found')
  })
})

describe('DELETE /admin/users/{id}/factors', () => {
  it('leaves none, ends all sessions, and tells the user and the trail', async () => {
    const { person, tokens } = await withTotp(t)
    await passkeyOf(person.id)
    const removed = await send(t, 'DELETE', path(person.id), admin)
    expect([removed.status, await removed.text()]).toEqual([204, ''])
    expect(await leftOf(person.id)).toEqual(['0 0 0 0'])
    await expectDead(t, tokens)
    const next = await t.login(person)
    await expectAlive(t, next)
    expect((await subjectsTo(t, person.email))[0]).toMatch(/second factors were removed/)
    const [who] = await t.column(`select actor_id::text from edge_auth.audit_events
      where event = 'factors_removed' and subject_id = ${quoted(person.id)}`)
    expect(who).toBe(admin.id)

    const { codes } = await enrol(t, next)
    expect(codes).toHaveLength(10)
  })

  it('may be repeated, and then does nothing', async () => {
    const { person } = await withTotp(t)
    for (let time = 0; time < 2; time++) {
      expect((await send(t, 'DELETE', path(person.id), admin)).status).toBe(204)
    }
    const events = (await eventsOf(t, person.id)).filter((event) => event === 'factors_removed')
    expect(events).toHaveLength(1)
    const tokens = await t.login(person)
    expect((await send(t, 'DELETE', path(person.id), admin)).status).toBe(204)
    await expectAlive(t, tokens)
    const told = await subjectsTo(t, person.email)
    expect(told.filter((subject) => /were removed/.test(subject))).toHaveLength(1)
  })

  it('is refused for oneself, for somebody above and for nobody', async () => {
    const weak = await permitted(t, 'auth:users:remove_factors')
    const before = await leftOf(weak.id)
    await expectProblem(await send(t, 'DELETE', path(weak.id), weak), 'permission_denied')
    await expectProblem(await send(t, 'DELETE', path(admin.id), weak), 'permission_denied')
    await expectProblem(await send(t, 'DELETE', path(NOBODY), weak), 'not_found')
    await expectProblem(await send(t, 'DELETE', path('x'), weak), 'not_found')
    expect(await leftOf(weak.id)).toEqual(before)
  })
})

it('no route of admins adds a factor', async () => {
  for (const method of ['POST', 'PUT', 'PATCH']) {
    await expectProblem(await send(t, method, path(NOBODY), admin), 'method_not_allowed')
  }
})

it('a user is shown with whether there is a second factor, alone and in the list', async () => {
  const { person } = await withTotp(t)
  const other = await t.signup()
  for (const [{ id, username }, mfa] of [
    [person, true],
    [other, false],
  ] as const) {
    expect(await (await t.get(`/admin/users/${id}`, admin.token)).json()).toMatchObject({ mfa })
    const list = await (await t.get(`/admin/users?search=${username}`, admin.token)).json()
    expect(list.users).toMatchObject([{ id, mfa }])
  }
})
