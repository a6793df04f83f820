import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventsOf, permitted, send } from '../support/acting.ts'
import { type Admin, adminOf } from '../support/admin.ts'
import type { TestApp } from '../support/app.ts'
import { auditRows } from '../support/audit.ts'
import { answered } from '../support/factors.ts'
import {
  federatedPerson,
  identitiesLeft,
  linkedIdentity,
  withoutPassword,
} from '../support/identities.ts'
import { subjectsTo } from '../support/links.ts'
import { quoted } from '../support/names.ts'
import { personWithPasskey } from '../support/passkeys.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, expectDead, setSession } from '../support/sessions.ts'

let t: TestApp
let admin: Admin
beforeAll(async () => {
  const base = await createTestApp()
  // So that a provider has a name.
  const list = [
    { id: 'google', name: 'Google' },
    { id: 'github', name: 'GitHub' },
  ]
  base.deps.providers = { list, find: (id) => list.find((one) => one.id === id) as never }
  t = base
  admin = await adminOf(t)
})
afterAll(() => t.close())

const NOBODY = '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071'
const listOf = (token: string) => t.get('/auth/identities', token).then((answer) => answer.json())
const unlink = (id: string, token: string) => send(t, 'DELETE', `/auth/identities/${id}`, { token })
const removePasskey = (id: string, token: string) =>
  send(t, 'DELETE', `/auth/factors/passkeys/${id}`, { token })

/** Switches a passkey off, as a counter that went back does. */
const suspend = (id: string) =>
  t.column(
    `update edge_auth.passkeys set suspended_at = now() where user_id = ${quoted(id)} returning id::text`,
  )

describe('GET /auth/identities', () => {
  it('shows the linked accounts, the oldest first, without what names them at the provider', async () => {
    const { token, identities } = await federatedPerson(
      t,
      { createdAt: "now() - interval '1 hour'" },
      { provider: 'gone', email: null },
    )
    const answer = await t.get('/auth/identities', token)
    const text = await answer.clone().text()
    expect(await answer.json()).toEqual({
      identities: [
        {
          ...{ id: identities[0], provider: 'google', provider_name: 'Google' },
          ...{ email: 'ada@example.org', last_used_at: null },
          created_at: expect.stringMatching(/Z$/),
        },
        {
          ...{ id: identities[1], provider: 'gone', provider_name: 'gone' },
          ...{ email: null, last_used_at: null },
          created_at: expect.stringMatching(/Z$/),
        },
      ],
      has_password: false,
    })
    expect(text).not.toMatch(/google\.example|subject|issuer/)
  })

  it('shows nobody what is linked to somebody else', async () => {
    await federatedPerson(t, {})
    const { access_token } = await t.login(await t.signup())
    expect(await listOf(access_token)).toEqual({ identities: [], has_password: true })
  })
})

describe('DELETE /auth/identities/{id}', () => {
  it('unlinks it, and tells the user and the trail', async () => {
    const person = await federatedPerson(t, {}, { provider: 'github' })
    const [first = '', second = ''] = person.identities
    const answer = await unlink(first, person.token)
    expect([answer.status, await answer.text()]).toEqual([204, ''])
    expect(await identitiesLeft(t, person)).toEqual([second])
    await expectAlive(t, person.tokens)
    expect((await subjectsTo(t, person.email))[0]).toMatch(/Google was unlinked/)
    const recorded = await auditRows(
      t,
      `event = 'identity_unlinked' and subject_id = ${quoted(person.id)}`,
    )
    expect(recorded).toMatchObject([
      { actor_id: person.id, details: { identity: first, provider: 'google' } },
    ])
    await expectProblem(await unlink(first, person.token), 'not_found')
  })

  it('is not found for the id of somebody else, and of nobody', async () => {
    const victim = await federatedPerson(t, {}, {})
    const { token } = await federatedPerson(t, {}, {})
    for (const id of [victim.identities[0] ?? '', NOBODY, 'x']) {
      await expectProblem(await unlink(id, token), 'not_found')
    }
    expect(await identitiesLeft(t, victim)).toHaveLength(2)
  })

  it('needs a fresh proof', async () => {
    const { tokens, token, identities } = await federatedPerson(t, {}, {})
    await setSession(t, tokens, "authenticated_at = now() - interval '11 minutes'")
    await expectProblem(await unlink(identities[0] ?? '', token), 'step_up_required')
  })

  it('leaves the last credential, and says so', async () => {
    const person = await federatedPerson(t, {})
    const refused = await unlink(person.identities[0] ?? '', person.token)
    await expectProblem(refused, 'last_credential')
    expect(await identitiesLeft(t, person)).toEqual(person.identities)
    expect(await eventsOf(t, person.id)).not.toContain('identity_unlinked')
    expect((await subjectsTo(t, person.email)).join()).not.toMatch(/unlinked/)
  })

  it('may be the last identity of whoever has a password or a passkey, but not a suspended one', async () => {
    const { person: withPassword, tokens } = await personWithPasskey(t)
    const own = await linkedIdentity(t, withPassword)
    await suspend(withPassword.id)
    expect((await unlink(own, tokens.access_token)).status).toBe(204)

    const { person, tokens: of } = await personWithPasskey(t)
    await withoutPassword(t, person)
    const id = await linkedIdentity(t, person)
    await suspend(person.id)
    await expectProblem(await unlink(id, of.access_token), 'last_credential')
    await t.column(
      `update edge_auth.passkeys set suspended_at = null where user_id = ${quoted(person.id)} returning id::text`,
    )
    expect((await unlink(id, of.access_token)).status).toBe(204)
  })
})

describe('an identity of a provider that is configured no longer', () => {
  const GONE = { provider: 'gone' }

  it('is no credential: nothing else is unlinked for it', async () => {
    const person = await federatedPerson(t, {}, GONE)
    const [only = '', gone = ''] = person.identities
    await expectProblem(await unlink(only, person.token), 'last_credential')
    const path = `/admin/users/${person.id}/identities/${only}`
    await expectProblem(await send(t, 'DELETE', path, admin), 'last_credential')
    expect(await identitiesLeft(t, person)).toEqual([only, gone])
  })

  it('nor is a passkey removed for it', async () => {
    const { person, tokens } = await personWithPasskey(t)
    await withoutPassword(t, person)
    await linkedIdentity(t, person, GONE)
    const refused = await removePasskey(tokens.passkey.id, tokens.access_token)
    await expectProblem(refused, 'last_credential')
  })

  it('can always be unlinked itself', async () => {
    const person = await federatedPerson(t, GONE, GONE)
    const [one = '', other = ''] = person.identities
    expect((await unlink(one, person.token)).status).toBe(204)
    const path = `/admin/users/${person.id}/identities/${other}`
    expect((await send(t, 'DELETE', path, admin)).status).toBe(204)
    expect(await identitiesLeft(t, person)).toEqual([])
  })
})

describe('the removal of a passkey', () => {
  it('leaves the last credential, whatever has become of others', async () => {
    const { person, tokens } = await personWithPasskey(t)
    const { id } = tokens.passkey
    await withoutPassword(t, person)
    await expectProblem(await removePasskey(id, tokens.access_token), 'last_credential')
    expect((await answered(t.get('/auth/factors', tokens.access_token))).passkeys).toHaveLength(1)
    await linkedIdentity(t, person)
    expect((await removePasskey(id, tokens.access_token)).status).toBe(204)
  })

  it('may be that of a suspended one, which logs in nobody', async () => {
    const { person, tokens } = await personWithPasskey(t)
    await withoutPassword(t, person)
    await suspend(person.id)
    expect((await removePasskey(tokens.passkey.id, tokens.access_token)).status).toBe(204)
  })
})

describe('of admins', () => {
  const path = (id: string, identity = '') =>
    `/admin/users/${id}/identities${identity && `/${identity}`}`

  it('a user is shown with what is linked, as the user sees it', async () => {
    const person = await federatedPerson(t, {}, { provider: 'gone' })
    const seen = await t.get(path(person.id), admin.token)
    expect(await seen.json()).toEqual(await listOf(person.token))
    await expectProblem(await t.get(path(NOBODY), admin.token), 'not_found')
    await expectProblem(await t.get(path('x'), admin.token), 'not_found')
  })

  it('an unlink ends all sessions, and tells the user and the trail', async () => {
    const person = await federatedPerson(t, {}, {})
    const [first = '', second = ''] = person.identities
    const answer = await send(t, 'DELETE', path(person.id, first), admin)
    expect([answer.status, await answer.text()]).toEqual([204, ''])
    expect(await identitiesLeft(t, person)).toEqual([second])
    await expectDead(t, person.tokens)
    expect((await subjectsTo(t, person.email))[0]).toMatch(/Google was unlinked/)
    const recorded = await auditRows(
      t,
      `event = 'identity_unlinked' and subject_id = ${quoted(person.id)}`,
    )
    expect(recorded).toMatchObject([
      { actor_id: admin.id, details: { identity: first, provider: 'google' } },
    ])
    await expectProblem(await send(t, 'DELETE', path(person.id, first), admin), 'not_found')
  })

  it('an unlink leaves the last credential', async () => {
    const person = await federatedPerson(t, {})
    const [only = ''] = person.identities
    await expectProblem(await send(t, 'DELETE', path(person.id, only), admin), 'last_credential')
    await expectAlive(t, person.tokens)
    expect(await identitiesLeft(t, person)).toEqual([only])
  })

  it('it is refused for oneself, for somebody above, and for what belongs to another', async () => {
    const weak = await permitted(t, 'auth:users:unlink_identities')
    const own = await linkedIdentity(t, weak)
    const above = await linkedIdentity(t, admin)
    const other = await federatedPerson(t, {}, {})
    const of = (id: string, identity: string) => send(t, 'DELETE', path(id, identity), weak)
    await expectProblem(await of(weak.id, own), 'permission_denied')
    await expectProblem(await of(admin.id, above), 'permission_denied')
    await expectProblem(await of(other.id, own), 'not_found')
    await expectProblem(await of(other.id, NOBODY), 'not_found')
    await expectProblem(await of(other.id, 'x'), 'not_found')
    await expectProblem(await of(NOBODY, own), 'not_found')
    expect(await identitiesLeft(t, weak)).toEqual([own])
    expect(await identitiesLeft(t, admin)).toEqual([above])
    expect(await identitiesLeft(t, other)).toHaveLength(2)
    await expectAlive(t, other.tokens)
  })
})

it('a deleted account leaves none', async () => {
  const person = await federatedPerson(t, {}, {})
  expect((await send(t, 'DELETE', `/admin/users/${person.id}`, admin)).status).toBe(204)
  expect(await identitiesLeft(t, person)).toEqual([])
})

it('a disabled account keeps them for later', async () => {
  const person = await federatedPerson(t, {})
  expect((await send(t, 'POST', `/admin/users/${person.id}/disable`, admin)).status).toBeLessThan(
    300,
  )
  await expectDead(t, person.tokens)
  expect(await identitiesLeft(t, person)).toEqual(person.identities)
})
