import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  grantAsOperatorTo,
  listAdmins,
  revokeAsOperatorFrom,
  userIdOf,
} from '../../../src/core/access/operator.ts'
import { PERMISSIONS } from '../../../src/core/access/permissions.ts'
import { permitted, rolesOf, send } from '../../support/acting.ts'
import { adminOf } from '../../support/admin.ts'
import { PASSWORD, type TestApp } from '../../support/app.ts'
import { createNodeTestApp } from '../../support/app-node.ts'
import { FEDERATED } from '../../support/federated.ts'
import { linkedIdentity, withoutPassword } from '../../support/identities.ts'
import { expectProblem } from '../../support/problems.ts'

/** A database of its own, where nobody else is an admin. */
let t: TestApp
beforeEach(async () => {
  t = await createNodeTestApp()
})
afterEach(() => t.close())

type Who = { id: string; token: string }

const demote = (by: Who, id: string) => send(t, 'DELETE', `/admin/users/${id}/roles/admin`, by)
const disable = (by: Who, id: string) => send(t, 'POST', `/admin/users/${id}/disable`, by)
const remove = (by: Who, id: string) => send(t, 'DELETE', `/admin/users/${id}`, by)
const leave = (by: Who) => send(t, 'DELETE', '/auth/me', by, { current_password: PASSWORD })
const reach = (by: Who) => send(t, 'GET', '/admin/roles', by)

/** Somebody who may do all that an admin may, and is none. */
const deputy = () => permitted(t, ...Object.keys(PERMISSIONS))

it('the last admin is not demoted, disabled or deleted, by nobody and in no way', async () => {
  const admin = await adminOf(t)
  const other = await deputy()
  for (const attempt of [
    demote(other, admin.id),
    disable(other, admin.id),
    remove(other, admin.id),
  ]) {
    expect((await expectProblem(await attempt, 'last_admin')).detail).toMatch(/somebody else/)
  }
  await expectProblem(await demote(admin, admin.id), 'last_admin')
  await expectProblem(await leave(admin), 'last_admin')
  await expect(revokeAsOperatorFrom(t.deps, admin.id, 'admin')).rejects.toMatchObject({
    code: 'last_admin',
  })
  await expectProblem(await send(t, 'DELETE', '/admin/roles/admin', admin), 'permission_denied')
  await expectProblem(await send(t, 'DELETE', '/admin/roles/admin', other), 'permission_denied')
  expect((await reach(admin)).status).toBe(200)
  expect(await rolesOf(t, admin.id)).toEqual(['admin'])
  expect(
    await t.column(`select event from edge_auth.audit_events
    where event in ('role_revoked', 'user_disabled', 'user_deleted', 'role_deleted')`),
  ).toEqual([])
})

it('with another admin each of these is possible, and then the other is the last', async () => {
  const ways = [
    (by: Who, who: Who) => demote(by, who.id),
    (by: Who, who: Who) => disable(by, who.id),
    (by: Who, who: Who) => remove(by, who.id),
    (_: Who, who: Who) => demote(who, who.id),
    (_: Who, who: Who) => leave(who),
  ]
  const admin = await adminOf(t)
  for (const way of ways) {
    const other = await adminOf(t)
    expect((await way(admin, other)).ok).toBe(true)
    await expectProblem(await leave(admin), 'last_admin')
    await expectProblem(await demote(admin, admin.id), 'last_admin')
  }
  expect((await reach(admin)).status).toBe(200)
})

it('a disabled admin counts for nobody', async () => {
  const admin = await adminOf(t)
  const disabled = await adminOf(t)
  expect((await disable(admin, disabled.id)).status).toBe(200)
  await expectProblem(await demote(admin, admin.id), 'last_admin')
  await expectProblem(await leave(admin), 'last_admin')
  // What is disabled goes without more ado.
  expect((await disable(admin, disabled.id)).status).toBe(200)
  expect((await remove(admin, disabled.id)).status).toBe(204)

  const other = await adminOf(t)
  await disable(admin, other.id)
  await send(t, 'POST', `/admin/users/${other.id}/enable`, admin)
  expect((await demote(admin, admin.id)).status).toBe(200)
  await expectProblem(await reach(admin), 'permission_denied')
})

it('an admin who logs in by a provider that is configured no longer counts for nobody', async () => {
  const admin = await adminOf(t)
  const other = await adminOf(t)
  await withoutPassword(t, other)
  await linkedIdentity(t, other, { provider: 'fake' })
  for (const attempt of [demote(other, admin.id), disable(other, admin.id)]) {
    await expectProblem(await attempt, 'last_admin')
  }
  await expectProblem(await remove(other, admin.id), 'last_admin')
  await expectProblem(await leave(admin), 'last_admin')
  const configured = await t.beside({ env: FEDERATED })
  expect((await send(configured, 'DELETE', `/admin/users/${admin.id}`, other)).status).toBe(204)
})

it('users who are no admins come and go', async () => {
  await adminOf(t)
  const boss = await deputy()
  const person = await t.signup()
  const { access_token: token } = await t.login(person)
  expect((await disable(boss, person.id)).status).toBe(200)
  expect((await remove(boss, person.id)).status).toBe(204)
  expect((await leave(boss)).status).toBe(204)
  await expectProblem(await t.get('/auth/me', token), 'token_invalid')
})

it('the operator makes the first admin, and sees who they are', async () => {
  const person = await t.signup()
  expect(await listAdmins(t.deps)).toEqual([])
  const id = await userIdOf(t.deps, person.email.toUpperCase())
  expect(id).toBe(person.id)
  expect(await userIdOf(t.deps, person.username)).toBe(id)
  expect(await grantAsOperatorTo(t.deps, id, 'admin')).toEqual({ hadRole: false })
  expect(await grantAsOperatorTo(t.deps, id, 'admin')).toEqual({ hadRole: true })
  const { username, email } = person
  expect(await listAdmins(t.deps)).toEqual([
    { id, username, email, isDisabled: false, canLogIn: true },
  ])
  const { access_token: token } = await t.login(person)
  expect((await reach({ id, token })).status).toBe(200)
  const told = await t.column(`select coalesce(actor_id::text, '-') || ' ' || details::text
    from edge_auth.audit_events where event = 'role_granted'`)
  expect(told).toEqual(['- {"by": "operator", "role": "admin"}'])

  const other = await adminOf(t)
  expect(await revokeAsOperatorFrom(t.deps, id, 'admin')).toEqual({ hadRole: true })
  expect(await revokeAsOperatorFrom(t.deps, id, 'admin')).toEqual({ hadRole: false })
  await expectProblem(await reach({ id, token }), 'permission_denied')
  expect((await reach(other)).status).toBe(200)
  for (const name of ['nobody', 'nobody@example.org', '']) {
    await expect(userIdOf(t.deps, name), name).rejects.toMatchObject({ code: 'not_found' })
  }
  await expect(grantAsOperatorTo(t.deps, id, 'none')).rejects.toMatchObject({ code: 'not_found' })
  await expect(grantAsOperatorTo(t.deps, id, 'user')).rejects.toMatchObject({
    code: 'validation_failed',
  })
})
