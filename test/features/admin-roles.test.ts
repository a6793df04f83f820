import { decodeJwt } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  MAX_PERMISSIONS_OF_ROLE,
  MAX_ROLES_OF_USER,
  PERMISSIONS,
} from '../../src/core/access/permissions.ts'
import { dropRoles, eventsOf, roleName, roleWith, send } from '../support/acting.ts'
import { adminOf } from '../support/admin.ts'
import type { TestApp } from '../support/app.ts'
import { quoted } from '../support/names.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { refreshed } from '../support/sessions.ts'

let t: TestApp
let admin: Awaited<ReturnType<typeof adminOf>>
beforeAll(async () => {
  t = await createTestApp()
  admin = await adminOf(t)
})
afterEach(() => dropRoles(t))
afterAll(() => t.close())

const OWN = Object.keys(PERMISSIONS).sort()

const create = (body: object) => send(t, 'POST', '/admin/roles', admin, body)
const change = (name: string, body: object) => send(t, 'PATCH', `/admin/roles/${name}`, admin, body)
const show = (name: string) => send(t, 'GET', `/admin/roles/${name}`, admin)
const remove = (name: string) => send(t, 'DELETE', `/admin/roles/${name}`, admin)
const grant = (id: string, role: string) =>
  send(t, 'PUT', `/admin/users/${id}/roles/${role}`, admin)
const revoke = (id: string, role: string) =>
  send(t, 'DELETE', `/admin/users/${id}/roles/${role}`, admin)
const me = async (token: string) => {
  const answer = await t.get('/auth/me', token)
  return (await answer.json()) as { roles: string[]; permissions: string[] }
}

describe('roles', () => {
  it('are created, shown, listed, changed and deleted', async () => {
    const name = roleName()
    const permissions = ['posts:write', 'auth:users:read', 'posts:write', 'posts:*']
    const created = await create({ name, description: ' Writes. ', permissions })
    expect(created.status).toBe(201)
    expect(created.headers.get('location')).toBe(`/admin/roles/${name}`)
    const role = await created.json()
    expect(role).toEqual({
      ...{ name, description: 'Writes.', built_in: false },
      permissions: ['auth:users:read', 'posts:*', 'posts:write'],
      created_at: expect.stringMatching(/Z$/),
      updated_at: role.created_at,
    })
    expect(await (await show(name)).json()).toEqual(role)
    const { roles } = await (await send(t, 'GET', '/admin/roles', admin)).json()
    expect(roles).toContainEqual(role)
    const names = roles.map((one: { name: string }) => one.name)
    expect(names).toEqual([...names].sort())

    const described = await (await change(name, { description: '' })).json()
    expect(described).toMatchObject({ description: '', permissions: role.permissions })
    const emptied = await (await change(name, { permissions: [] })).json()
    expect(emptied).toMatchObject({ description: '', permissions: [] })
    await expectProblem(await change(name, {}), 'validation_failed')

    const gone = await remove(name)
    expect([gone.status, await gone.text()]).toEqual([204, ''])
    for (const answer of [show(name), change(name, { description: '' }), remove(name)]) {
      await expectProblem(await answer, 'not_found')
    }
    const told = await t.column(`select event || ' ' || details::text from edge_auth.audit_events
      where details->>'role' = ${quoted(name)} order by id`)
    expect(told.at(-1)).toMatch(/^role_deleted /)
    expect(told.slice(0, 3)).toEqual([
      `role_created {"role": "${name}", "permissions": "auth:users:read posts:* posts:write"}`,
      `role_changed {"role": "${name}", "before": "auth:users:read posts:* posts:write", "permissions": "auth:users:read posts:* posts:write"}`,
      `role_changed {"role": "${name}", "before": "auth:users:read posts:* posts:write", "permissions": ""}`,
    ])
  })

  it('have names of their own', async () => {
    const name = await roleWith(t, ['a:b'])
    const { errors } = await expectProblem(await create({ name, permissions: [] }), 'already_taken')
    expect(errors).toMatchObject([{ pointer: '/name', code: 'already_taken' }])
    for (const built of ['admin', 'user']) {
      await expectProblem(await create({ name: built, permissions: [] }), 'already_taken')
    }
    expect((await (await show(name)).json()).permissions).toEqual(['a:b'])
  })

  it.each<[object, string[]]>([
    [{}, ['/name required', '/permissions required']],
    [{ name: 'Editor', permissions: [] }, ['/name invalid_format']],
    [{ name: '', permissions: [] }, ['/name invalid_format']],
    [{ name: 'a'.repeat(33), permissions: [] }, ['/name invalid_format']],
    [{ name: 'a b', permissions: [] }, ['/name invalid_format']],
    [{ name: '1a', permissions: [] }, ['/name invalid_format']],
    [{ name: 'r', permissions: 'posts:write' }, ['/permissions invalid_type']],
    [{ name: 'r', permissions: [1] }, ['/permissions/0 invalid_type']],
    [{ name: 'r', permissions: ['write'] }, ['/permissions/0 invalid_value']],
    [{ name: 'r', permissions: ['Posts:write'] }, ['/permissions/0 invalid_value']],
    [{ name: 'r', permissions: ['a:b c'] }, ['/permissions/0 invalid_value']],
    [{ name: 'r', permissions: ['a:b,c:d'] }, ['/permissions/0 invalid_value']],
    [{ name: 'r', permissions: ['a:b', 'auth:all'] }, ['/permissions/1 invalid_value']],
    [{ name: 'r', permissions: ['auth:*'] }, ['/permissions/0 invalid_value']],
    [{ name: 'r', permissions: ['auth:users:read:x'] }, ['/permissions/0 invalid_value']],
    [{ name: 'r', permissions: ['a:\u0000'] }, ['/permissions/0 invalid']],
    [{ name: 'r', permissions: [`a:${'b'.repeat(63)}`] }, ['/permissions/0 invalid_value']],
    [
      { name: 'r', permissions: Array.from({ length: 51 }, (_, at) => `a:${at}`) },
      ['/permissions too_long'],
    ],
    [{ name: 'r', permissions: [], description: 'x'.repeat(201) }, ['/description too_long']],
    [{ name: 'r', permissions: [], description: 'a\u202eb' }, ['/description invalid']],
    [{ name: 'r', permissions: [], built_in: true }, ['/built_in unknown_field']],
  ])('are refused as %j', async (body, fields) => {
    expect(await refusedFields(await create(body))).toEqual(fields)
    await expectProblem(await show('r'), 'not_found')
  })

  it('may permit as much as is allowed', async () => {
    const permissions = [`a:${'b'.repeat(62)}`, ...Array.from({ length: 49 }, (_, at) => `a:${at}`)]
    const name = roleName()
    const role = await (await create({ name, permissions })).json()
    expect(role.permissions).toEqual(permissions.sort())
  })

  it('that are built in stay what they are', async () => {
    const before = await (await show('admin')).json()
    expect(before).toMatchObject({ built_in: true, permissions: OWN })
    for (const name of ['admin', 'user'])
      await expectProblem(await remove(name), 'permission_denied')
    // As many as there are, and not all of them.
    const repeated = OWN.map(() => 'auth:users:read')
    const lacking = [...OWN.slice(1), OWN[1]]
    for (const permissions of [[], OWN.slice(1), ['posts:write'], repeated, lacking]) {
      expect(await refusedFields(await change('admin', { permissions }))).toEqual([
        '/permissions invalid_value',
      ])
    }
    for (const permissions of [['auth:users:read'], OWN]) {
      expect(await refusedFields(await change('user', { permissions }))).toEqual([
        '/permissions invalid_value',
      ])
    }
    expect(await (await show('admin')).json()).toEqual(before)
    expect((await (await show('user')).json()).permissions).not.toContainEqual(
      expect.stringMatching(/^auth:/),
    )
    const same = await change('admin', { permissions: OWN, description: before.description })
    expect(await same.json()).toMatchObject({ permissions: OWN })
  })

  it.each(['x', 'Admin', 'a%20b', '%00', `${'a'.repeat(40)}`])('%s is none', async (name) => {
    for (const answer of [show(name), change(name, { description: '' }), remove(name)]) {
      await expectProblem(await answer, 'not_found')
    }
    const { id } = await t.signup()
    await expectProblem(await grant(id, name), 'not_found')
    await expectProblem(await revoke(id, name), 'not_found')
  })
})

it('lists the permissions of the service, and what each is for', async () => {
  const { permissions } = await (await send(t, 'GET', '/admin/permissions', admin)).json()
  expect(permissions).toEqual(
    Object.entries(PERMISSIONS).map(([name, description]) => ({ name, description })),
  )
})

describe('a role of a user', () => {
  it('is granted and revoked, and each is recorded once', async () => {
    const person = await t.signup()
    const role = await roleWith(t, ['posts:write'])
    for (const _ of [1, 2]) {
      const granted = await grant(person.id, role)
      expect(granted.status).toBe(200)
      expect(await granted.json()).toMatchObject({
        roles: [role, 'user'].sort(),
        permissions: ['posts:write'],
      })
    }
    for (const _ of [1, 2]) {
      const revoked = await revoke(person.id, role)
      expect(revoked.status).toBe(200)
      expect(await revoked.json()).toMatchObject({ roles: ['user'], permissions: [] })
    }
    expect(await eventsOf(t, person.id)).toEqual(['user_created', 'role_granted', 'role_revoked'])
    const told = await t.column(`select actor_id || ' ' || details::text from edge_auth.audit_events
      where event = 'role_granted' and subject_id = ${quoted(person.id)}`)
    expect(told).toEqual([`${admin.id} {"role": "${role}"}`])
  })

  it('acts on the next request of a live session, in its answers and in its tokens', async () => {
    const person = await t.signup()
    const role = await roleWith(t, ['posts:write', 'auth:roles:read'])
    let tokens = await t.login(person)
    const token = tokens.access_token
    const roles = () => send(t, 'GET', '/admin/roles', { token })
    const claims = async () => {
      tokens = { ...tokens, ...(await refreshed(t, tokens)) }
      const { roles: named, permissions } = decodeJwt(tokens.access_token)
      return { roles: named, permissions }
    }
    const nothing = { roles: ['user'], permissions: [] }
    await expectProblem(await roles(), 'permission_denied')
    expect(await claims()).toEqual(nothing)

    await grant(person.id, role)
    expect((await roles()).status).toBe(200)
    const all = { roles: [role, 'user'].sort(), permissions: ['auth:roles:read', 'posts:write'] }
    expect(await me(token)).toMatchObject(all)
    expect(await claims()).toEqual(all)

    await change(role, { permissions: ['posts:read'] })
    await expectProblem(await roles(), 'permission_denied')
    expect(await me(token)).toMatchObject({ permissions: ['posts:read'] })
    expect(await claims()).toMatchObject({ permissions: ['posts:read'] })

    await change(role, { permissions: ['auth:roles:read'] })
    expect((await roles()).status).toBe(200)
    await revoke(person.id, role)
    await expectProblem(await roles(), 'permission_denied')
    expect(await me(token)).toMatchObject(nothing)
    expect(await claims()).toEqual(nothing)

    await grant(person.id, role)
    expect((await roles()).status).toBe(200)
    await remove(role)
    await expectProblem(await roles(), 'permission_denied')
    expect(await me(token)).toMatchObject(nothing)
    expect(await claims()).toEqual(nothing)
  })

  it('never makes a token that the service refuses', async () => {
    const person = await t.signup()
    const names = Array.from({ length: MAX_ROLES_OF_USER }, roleName)
    const permissions = (role: string) =>
      Array.from({ length: MAX_PERMISSIONS_OF_ROLE }, (_, at) => `${role}:${at}:`.padEnd(64, 'x'))
    for (const name of names) {
      expect((await create({ name, permissions: permissions(name) })).status).toBe(201)
      expect((await grant(person.id, name)).status).toBe(200)
    }
    const tokens = await t.login(person)
    for (const pair of [tokens, await refreshed(t, tokens)]) {
      const claims = decodeJwt(pair.access_token)
      expect(claims).not.toHaveProperty('permissions')
      expect(claims.roles).toEqual([...names, 'user'].sort())
      expect((await me(pair.access_token)).permissions).toHaveLength(20 * 50)
    }
  })

  it('is not the one that everybody has', async () => {
    const { id } = await t.signup()
    for (const answer of [grant(id, 'user'), revoke(id, 'user')]) {
      expect(await refusedFields(await answer)).toEqual(['/role invalid_value'])
    }
    expect(await eventsOf(t, id)).toEqual(['user_created'])
  })

  it('is one of twenty at most', async () => {
    const { id } = await t.signup()
    const names = Array.from({ length: 21 }, () => roleName())
    const values = names.map((name) => `(${quoted(name)})`).join(', ')
    await t.column(`insert into edge_auth.roles (name) values ${values} returning name`)
    for (const name of names.slice(1)) expect((await grant(id, name)).status).toBe(200)
    expect(await refusedFields(await grant(id, String(names[0])))).toEqual(['/role invalid_value'])
    // The last of twenty is there already.
    expect((await grant(id, String(names[20]))).status).toBe(200)
    await revoke(id, String(names[1]))
    expect((await grant(id, String(names[0]))).status).toBe(200)
  })

  it('of nobody is none', async () => {
    for (const id of ['0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071', 'x', '%00']) {
      await expectProblem(await grant(id, 'admin'), 'not_found')
      await expectProblem(await revoke(id, 'admin'), 'not_found')
    }
  })
})
