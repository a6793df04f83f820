import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { dropRoles, permitted, rolesOf, roleWith, send } from '../support/acting.ts'
import { adminOf, grantRole } from '../support/admin.ts'
import {
  createPostgresTestApp,
  type PostgresTestApp,
  statuses,
  waitingFor,
} from '../support/app-postgres.ts'
import { linkedIdentity } from '../support/identities.ts'
import { expectProblem } from '../support/problems.ts'
import type { Sql } from '../support/sql.ts'

const ROUNDS = 25

let t: PostgresTestApp
beforeAll(async () => {
  t = await createPostgresTestApp()
})
afterEach(() => dropRoles(t))
afterAll(() => t.close())

const put = (id: string, role: string, by: { token: string }) =>
  send(t, 'PUT', `/admin/users/${id}/roles/${role}`, by)

/** Does something to a row while a request waits for it, and gives the answer. */
async function meanwhile(
  row: { of: 'users' | 'roles'; key: string },
  request: () => Promise<Response>,
  act: (sql: Sql) => Promise<unknown>,
): Promise<Response> {
  const { waiting } = await t.sql.begin(async (sql) => {
    const column = row.of === 'users' ? 'id' : 'name'
    await sql.unsafe(`select from ${row.of} where ${column} = $1 for update`, [row.key])
    const sent = request()
    await expect.poll(() => waitingFor(t)).toBe(1)
    await act(sql)
    return { waiting: sent }
  })
  return waiting
}

const gains = (role: string, permission: string) => (sql: Sql) =>
  sql`update roles set permissions = permissions || ${permission}::text where name = ${role}`

async function permissionsOf(role: string): Promise<string[]> {
  const [row] = await t.sql<{ permissions: string[] }[]>`
    select permissions from roles where name = ${role}`
  return row?.permissions ?? []
}

it('four admins who grant at once leave a user with twenty roles and no more', async () => {
  const admins = await Promise.all([1, 2, 3, 4].map(() => adminOf(t)))
  const names = await Promise.all(Array.from({ length: 22 }, () => roleWith(t, ['posts:write'])))
  for (let round = 0; round < ROUNDS; round++) {
    const { id } = await t.signup()
    for (const name of names.slice(4)) await grantRole(t, id, name)
    const requests = admins.map((admin, at) => put(id, names[at] ?? '', admin))
    expect(await statuses(requests)).toEqual([200, 200, 422, 422])
    expect(await rolesOf(t, id)).toHaveLength(20)
  }
})

it("a role that is deleted while it is granted is nobody's", async () => {
  const admin = await adminOf(t)
  const other = await adminOf(t)
  for (let round = 0; round < ROUNDS; round++) {
    const role = await roleWith(t, ['posts:write'])
    const people = await Promise.all([1, 2, 3].map(() => t.signup()))
    const [deleted, ...granted] = await Promise.all([
      send(t, 'DELETE', `/admin/roles/${role}`, other),
      ...people.map(({ id }) => put(id, role, admin)),
    ])
    expect(deleted?.status).toBe(204)
    for (const { status } of granted) expect([200, 404]).toContain(status)
    for (const { id } of people) expect(await rolesOf(t, id)).toEqual([])
  }
})

describe('a role that gains a permission which somebody has not, at that moment', () => {
  it('is granted to nobody by them', async () => {
    const granter = await permitted(t, 'auth:roles:grant')
    for (const { id } of [granter, await t.signup()]) {
      const before = await rolesOf(t, id)
      const role = await roleWith(t, ['posts:write'])
      const answer = await meanwhile(
        { of: 'roles', key: role },
        () => put(id, role, granter),
        gains(role, 'auth:audit:read'),
      )
      await expectProblem(answer, 'permission_denied')
      expect(await rolesOf(t, id)).toEqual(before)
    }
  })

  it.each([
    ['changed', 'PATCH', { permissions: ['posts:write'] }],
    ['deleted', 'DELETE', undefined],
  ])('is not %s by them', async (_, method, body) => {
    const writer = await permitted(t, 'auth:roles:write')
    const role = await roleWith(t, ['posts:write'])
    const answer = await meanwhile(
      { of: 'roles', key: role },
      () => send(t, method, `/admin/roles/${role}`, writer, body),
      gains(role, 'auth:audit:read'),
    )
    await expectProblem(answer, 'permission_denied')
    expect(await permissionsOf(role)).toEqual(['posts:write', 'auth:audit:read'])
  })
})

it.each([
  ['auth:users:disable', 'POST', '/disable'],
  ['auth:users:delete', 'DELETE', ''],
  ['auth:users:verify', 'POST', '/verify-email'],
  ['auth:users:remove_factors', 'DELETE', '/factors'],
  ['auth:users:unlink_identities', 'DELETE', '/identities/{identity}'],
])('somebody with %s does nothing to whom it raises above them at that moment', async (...row) => {
  const [permission, method, way] = row
  const weak = await permitted(t, permission)
  const strong = await roleWith(t, ['auth:audit:read'])
  const { id } = await t.signup()
  // So that there is something to remove.
  await t.sql`update users set factor_count = 1 where id = ${id}`
  const path = way.replace('{identity}', await linkedIdentity(t, { id }))
  const answer = await meanwhile(
    { of: 'users', key: id },
    () => send(t, method, `/admin/users/${id}${path}`, weak),
    async (sql) => {
      await sql`insert into user_roles (user_id, role) values (${id}, ${strong})`
      await sql`update users set access_version = access_version + 1 where id = ${id}`
    },
  )
  await expectProblem(answer, 'permission_denied')
  const [left] = await t.sql<{ disabled: boolean; verified: boolean }[]>`
    select disabled_at is not null as disabled, email_verified_at is not null as verified
    from users where id = ${id}`
  expect(left).toEqual({ disabled: false, verified: false })
})
