import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { grantRole as grantRoleTo, revokeRole } from '../../src/core/access/grant.ts'
import { ADMIN, PERMISSIONS, type Permission } from '../../src/core/access/permissions.ts'
import { changeRole, createRole, removeRole } from '../../src/features/admin/roles/service.ts'
import { removeFactors } from '../../src/features/admin/user-factors/service.ts'
import { endAllSessionsOf, endSessionOf } from '../../src/features/admin/user-sessions/service.ts'
import {
  changeState,
  deleteUser,
  sendPasswordReset,
} from '../../src/features/admin/user-state/service.ts'
import {
  dropRoles,
  type Permitted,
  permitted,
  roleName,
  rolesOf,
  roleWith,
  send,
} from '../support/acting.ts'
import { adminOf } from '../support/admin.ts'
import type { TestApp } from '../support/app.ts'
import { linkedIdentity } from '../support/identities.ts'
import { quoted } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { personWith, sidOf } from '../support/sessions.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterEach(() => dropRoles(t))
afterAll(() => t.close())

/** What somebody with one permission tries, by whom it is tried on. */
type World = {
  self: Permitted
  /** Nobody with any permission of the service. */
  below: { id: string; sid: string; identity: string }
  /** Somebody with one that the other has not. */
  above: { id: string; sid: string; role: string; identity: string }
  /** Roles with a permission that the other has not, that the other has, and of the application alone. */
  roles: { stronger: string; equal: string; applications: string }
}
type Attempt = {
  by: Permission
  tries: string
  /** The request; a path begins with /admin. */
  sends: (world: World) => [method: string, path: string, body?: object]
  /** Where it may be done: what is allowed besides. */
  may?: true
}

const other = (permission: Permission): Permission =>
  permission === 'auth:audit:read' ? 'auth:settings:read' : 'auth:audit:read'

async function worldOf(permission: Permission): Promise<World> {
  const strong = other(permission)
  const self = await permitted(t, permission)
  const above = await permitted(t, strong)
  const { person, sessions } = await personWith(t, 1)
  return {
    self,
    below: { id: person.id, sid: sidOf(sessions[0]), identity: await linkedIdentity(t, person) },
    above: {
      ...{ id: above.id, role: above.role, identity: await linkedIdentity(t, above) },
      sid: sidOf({ ...above, access_token: above.token }),
    },
    roles: {
      stronger: await roleWith(t, [strong, 'posts:write']),
      equal: await roleWith(t, [permission]),
      applications: await roleWith(t, ['posts:write']),
    },
  }
}

const onUser = (
  by: Permission,
  tries: string,
  sends: (id: string, sid: string, identity: string) => [string, string, object?],
): Attempt[] => [
  {
    by,
    tries: `${tries} somebody above`,
    sends: ({ above }) => sends(above.id, above.sid, above.identity),
  },
  {
    by,
    tries: `${tries} somebody below`,
    sends: ({ below }) => sends(below.id, below.sid, below.identity),
    may: true,
  },
]
const post =
  (way: string) =>
  (id: string): [string, string] => ['POST', `/admin/users/${id}/${way}`]

const GRANT = 'auth:roles:grant'
const WRITE = 'auth:roles:write'
const put = (id: string, role: string): [string, string] => [
  'PUT',
  `/admin/users/${id}/roles/${role}`,
]
const take = (id: string, role: string): [string, string] => [
  'DELETE',
  `/admin/users/${id}/roles/${role}`,
]
const edit = (role: string, permissions: string[]): [string, string, object] => [
  ...(['PATCH', `/admin/roles/${role}`] as const),
  { permissions },
]
const make = (permissions: string[]): [string, string, object] => [
  ...(['POST', '/admin/roles'] as const),
  { name: roleName(), permissions },
]

const ATTEMPTS: Attempt[] = [
  { by: GRANT, tries: 'grants oneself admin', sends: ({ self }) => put(self.id, ADMIN) },
  { by: GRANT, tries: 'grants another admin', sends: ({ below }) => put(below.id, ADMIN) },
  {
    by: GRANT,
    tries: 'grants oneself a stronger role',
    sends: ({ self, roles }) => put(self.id, roles.stronger),
  },
  {
    by: GRANT,
    tries: 'grants another a stronger role',
    sends: ({ below, roles }) => put(below.id, roles.stronger),
  },
  {
    by: GRANT,
    tries: 'grants somebody above a role',
    sends: ({ above, roles }) => put(above.id, roles.equal),
  },
  {
    by: GRANT,
    tries: 'revokes the role of somebody above',
    sends: ({ above }) => take(above.id, above.role),
  },
  {
    by: GRANT,
    tries: 'revokes any role of somebody above',
    sends: ({ above, roles }) => take(above.id, roles.equal),
  },
  {
    by: GRANT,
    tries: 'grants another an equal role',
    sends: ({ below, roles }) => put(below.id, roles.equal),
    may: true,
  },
  {
    by: GRANT,
    tries: 'grants another what is the application’s',
    sends: ({ below, roles }) => put(below.id, roles.applications),
    may: true,
  },
  {
    by: GRANT,
    tries: 'revokes of another',
    sends: ({ below, roles }) => take(below.id, roles.equal),
    may: true,
  },
  {
    by: GRANT,
    tries: 'puts more into the own role',
    sends: ({ self }) => edit(self.role, [GRANT, WRITE]),
  },
  { by: GRANT, tries: 'makes a role', sends: () => make(['posts:write']) },

  {
    by: WRITE,
    tries: 'puts more into the own role',
    sends: ({ self }) => edit(self.role, [WRITE, GRANT]),
  },
  {
    by: WRITE,
    tries: 'puts more into another role',
    sends: ({ roles }) => edit(roles.equal, [WRITE, GRANT]),
  },
  { by: WRITE, tries: 'puts more into what everybody has', sends: () => edit('user', [WRITE]) },
  { by: WRITE, tries: 'makes a stronger role', sends: () => make([WRITE, GRANT]) },
  { by: WRITE, tries: 'makes a role with all', sends: () => make(Object.keys(PERMISSIONS)) },
  {
    by: WRITE,
    tries: 'takes from a stronger role',
    sends: ({ roles }) => edit(roles.stronger, ['posts:write']),
  },
  {
    by: WRITE,
    tries: 'describes a stronger role',
    sends: ({ roles }) => ['PATCH', `/admin/roles/${roles.stronger}`, { description: 'x' }],
  },
  {
    by: WRITE,
    tries: 'deletes a stronger role',
    sends: ({ roles }) => ['DELETE', `/admin/roles/${roles.stronger}`],
  },
  { by: WRITE, tries: 'deletes admin', sends: () => ['DELETE', '/admin/roles/admin'] },
  { by: WRITE, tries: 'deletes user', sends: () => ['DELETE', '/admin/roles/user'] },
  {
    by: WRITE,
    tries: 'changes admin',
    sends: () => edit(ADMIN, [...Object.keys(PERMISSIONS), 'posts:write']),
  },
  {
    by: WRITE,
    tries: 'grants oneself a role',
    sends: ({ self, roles }) => put(self.id, roles.equal),
  },
  { by: WRITE, tries: 'makes an equal role', sends: () => make([WRITE, 'posts:write']), may: true },
  {
    by: WRITE,
    tries: 'changes an equal role',
    sends: ({ roles }) => edit(roles.equal, ['posts:write']),
    may: true,
  },
  {
    by: WRITE,
    tries: 'deletes a role of the application',
    sends: ({ roles }) => ['DELETE', `/admin/roles/${roles.applications}`],
    may: true,
  },

  ...onUser('auth:users:disable', 'disables', post('disable')),
  ...onUser('auth:users:disable', 'enables', post('enable')),
  ...onUser('auth:users:verify', 'verifies', post('verify-email')),
  ...onUser('auth:users:reset_password', 'resets the password of', post('password-reset')),
  ...onUser('auth:users:delete', 'deletes', (id) => ['DELETE', `/admin/users/${id}`]),
  ...onUser('auth:sessions:end', 'ends the sessions of', (id) => [
    'DELETE',
    `/admin/users/${id}/sessions`,
  ]),
  ...onUser('auth:sessions:end', 'ends a session of', (id, sid) => [
    'DELETE',
    `/admin/users/${id}/sessions/${sid}`,
  ]),
  ...onUser('auth:users:remove_factors', 'removes the factors of', (id) => [
    'DELETE',
    `/admin/users/${id}/factors`,
  ]),
  ...onUser('auth:users:unlink_identities', 'unlinks an identity of', (id, _, identity) => [
    'DELETE',
    `/admin/users/${id}/identities/${identity}`,
  ]),
  {
    by: 'auth:users:unlink_identities',
    tries: 'unlinks an identity of oneself',
    sends: ({ self }) => ['DELETE', `/admin/users/${self.id}/identities/${self.id}`],
  },
  {
    by: 'auth:users:remove_factors',
    tries: 'removes the factors of oneself',
    sends: ({ self }) => ['DELETE', `/admin/users/${self.id}/factors`],
  },
  {
    by: 'auth:users:disable',
    tries: 'disables oneself',
    sends: ({ self }) => ['POST', `/admin/users/${self.id}/disable`],
  },
  {
    by: 'auth:users:delete',
    tries: 'deletes oneself',
    sends: ({ self }) => ['DELETE', `/admin/users/${self.id}`],
  },
]

/** All that an attempt could change: roles with what they permit, and the users with theirs. */
async function stateOf({ self, below, above, roles }: World): Promise<unknown[]> {
  const ids = [self.id, below.id, above.id].map(quoted).join(', ')
  const names = [self.role, above.role, ...Object.values(roles), 'admin', 'user']
    .map(quoted)
    .join(', ')
  return [
    await t.column(
      // The order of the permissions is nobody's concern, and another file writes those of admin again.
      `select name || array(select unnest(permissions) order by 1)::text || description
       from edge_auth.roles where name in (${names}) order by 1`,
    ),
    await t.column(
      `select user_id || role from edge_auth.user_roles where user_id in (${ids}) order by 1`,
    ),
    await t.column(`select id || ' ' || version || ' ' || session_epoch || ' ' || factor_count || ' ' || (disabled_at is null) || (email_verified_at is null)
      from edge_auth.users where id in (${ids}) order by 1`),
    await t.column(
      `select count(*)::int from edge_auth.sessions where revoked_at is null and user_id in (${ids})`,
    ),
    await t.column(`select count(*)::int from edge_auth.one_time_tokens where user_id in (${ids})`),
    await t.column(`select count(*)::int from edge_auth.identities where user_id in (${ids})`),
  ]
}

describe.each(ATTEMPTS)('somebody with $by alone who $tries', ({ by, sends, may }) => {
  it(may ? 'may' : 'may not, and changes nothing', async () => {
    const world = await worldOf(by)
    const before = await stateOf(world)
    const [method, path, body] = sends(world)
    const answer = await send(t, method, path, world.self, body)
    if (may) {
      expect(answer.ok, await answer.clone().text()).toBe(true)
      return
    }
    const refused =
      path === '/admin/roles/user' && method === 'PATCH' ? 'validation_failed' : 'permission_denied'
    await expectProblem(answer, refused)
    expect(await stateOf(world)).toEqual(before)
    const { name } = (body ?? {}) as { name?: string }
    if (name)
      expect(await t.column(`select 1 from edge_auth.roles where name = ${quoted(name)}`)).toEqual(
        [],
      )
  })
})

it('the table tries every permission that changes users, roles or sessions here', () => {
  const tried = new Set(ATTEMPTS.map(({ by }) => by))
  for (const permission of Object.keys(PERMISSIONS) as Permission[]) {
    if (
      /:(grant|write|disable|delete|reset_password|remove_factors|unlink_identities|verify|end)$/.test(
        permission,
      )
    ) {
      if (!permission.includes('invitations')) expect([...tried]).toContain(permission)
    }
  }
})

describe('an admin', () => {
  it('acts on other admins', async () => {
    const [one, two] = [await adminOf(t), await adminOf(t)]
    expect((await send(t, 'POST', `/admin/users/${two.id}/disable`, one)).status).toBe(200)
    expect((await send(t, 'DELETE', `/admin/users/${two.id}/roles/admin`, one)).status).toBe(200)
    expect(await rolesOf(t, two.id)).toEqual([])
  })

  it('who is demoted can do nothing from the next request on', async () => {
    const [one, two] = [await adminOf(t), await adminOf(t)]
    const { id } = await t.signup()
    expect((await send(t, 'DELETE', `/admin/users/${two.id}/roles/admin`, one)).status).toBe(200)
    const attempts: [string, string, object?][] = [
      ['GET', '/admin/roles'],
      ['GET', '/admin/permissions'],
      ['PUT', `/admin/users/${two.id}/roles/admin`],
      ['POST', `/admin/users/${id}/disable`],
      ['DELETE', `/admin/users/${id}`],
      ['DELETE', `/admin/users/${one.id}/sessions`],
      ['POST', '/admin/roles', { name: roleName(), permissions: [] }],
    ]
    for (const [method, path, body] of attempts) {
      await expectProblem(await send(t, method, path, two, body), 'permission_denied')
    }
    expect(await rolesOf(t, two.id)).toEqual([])
    expect((await t.get('/auth/me', one.token)).status).toBe(200)
  })

  it('who is demoted after the guard looked changes nothing', async () => {
    const two = await adminOf(t)
    const person = await t.signup()
    const role = await roleWith(t, ['posts:write'])
    const by = { userId: two.id, sessionId: sidOf({ access_token: two.token, refresh_token: '' }) }
    const of = { targetId: person.id, role }
    await t.column(
      `delete from edge_auth.user_roles where user_id = ${quoted(two.id)} returning role`,
    )
    const attempts: Record<string, () => Promise<unknown>> = {
      grant: () => grantRoleTo(t.deps, by, of),
      revoke: () => revokeRole(t.deps, by, of),
      disable: () => changeState(t.deps, by, person.id, 'disable'),
      enable: () => changeState(t.deps, by, person.id, 'enable'),
      verify: () => changeState(t.deps, by, person.id, 'verifyEmail'),
      reset: () => sendPasswordReset(t.deps, by, person.id),
      delete: () => deleteUser(t.deps, by, person.id),
      removeFactors: () => removeFactors(t.deps, by, person.id),
      end: () => endSessionOf(t.deps, by, { targetId: person.id, endedId: person.id }),
      endAll: () => endAllSessionsOf(t.deps, by, person.id),
      create: () => createRole(t.deps, by, { name: roleName(), description: '', permissions: [] }),
      change: () => changeRole(t.deps, by, role, { description: 'x' }),
      remove: () => removeRole(t.deps, by, role),
    }
    const before = await t.column(`select row(version, session_epoch, disabled_at)::text
      from edge_auth.users where id = ${quoted(person.id)}`)
    for (const [name, attempt] of Object.entries(attempts)) {
      await expect(attempt(), name).rejects.toMatchObject({ code: 'permission_denied' })
    }
    const after = await t.column(`select row(version, session_epoch, disabled_at)::text
      from edge_auth.users where id = ${quoted(person.id)}`)
    expect(after).toEqual(before)
    expect(await rolesOf(t, person.id)).toEqual([])
    expect(
      await t.column(`select description from edge_auth.roles where name = ${quoted(role)}`),
    ).toEqual([''])
  })
})
