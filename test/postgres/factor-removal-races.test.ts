import { afterAll, beforeAll, expect, it } from 'vitest'
import { send } from '../support/acting.ts'
import { type Admin, adminOf } from '../support/admin.ts'
import { createPostgresTestApp, type PostgresTestApp, waitingFor } from '../support/app-postgres.ts'
import { withTotp } from '../support/enrolled.ts'
import { codeOf, enrol } from '../support/factors.ts'
import { expectDead, type Pair } from '../support/sessions.ts'

const ROUNDS = 20

let t: PostgresTestApp
let admin: Admin
beforeAll(async () => {
  t = await createPostgresTestApp()
  admin = await adminOf(t)
})
afterAll(() => t.close())

const remove = (id: string) => send(t, 'DELETE', `/admin/users/${id}/factors`, admin)

async function leftOf(id: string) {
  const [row] = await t.sql`select factor_count,
    (select count(*)::int from totp_factors where user_id = ${id} and confirmed_at is not null) as totp,
    (select count(*)::int from passkeys where user_id = ${id}) as passkeys,
    (select count(*)::int from recovery_codes where user_id = ${id}) as codes
    from users where id = ${id}`
  return row
}
const NONE = { factor_count: 0, totp: 0, passkeys: 0, codes: 0 }

it('a passkey that is registered while all factors are removed does not outlive them', async () => {
  const { person } = await withTotp(t)
  const { waiting } = await t.sql.begin(async (sql) => {
    await sql`select from users where id = ${person.id} for update`
    const waiting = remove(person.id)
    await expect.poll(() => waitingFor(t)).toBe(1)
    await sql`insert into passkeys (id, user_id, credential_id, public_key, counter, is_backup_eligible, is_backed_up, name)
      values (gen_random_uuid(), ${person.id}, ${crypto.randomUUID()}, 'a', 0, true, true, 'Phone')`
    await sql`update users set factor_count = factor_count + 1, access_version = access_version + 1
      where id = ${person.id}`
    return { waiting }
  })
  expect((await waiting).status).toBe(204)
  expect(await leftOf(person.id)).toEqual(NONE)
})

it('a factor that is added or removed moves the version by which that is seen', async () => {
  const person = await t.signup()
  const versionOf = async () => {
    const [row] = await t.sql<{ version: string }[]>`
      select access_version as version from users where id = ${person.id}`
    return Number(row?.version)
  }
  const before = await versionOf()
  const { tokens } = await enrol(t, (await t.login(person)) as Pair)
  const enrolled = await versionOf()
  expect(enrolled).toBeGreaterThan(before)
  const removed = await send(t, 'DELETE', '/auth/factors/totp', { token: tokens.access_token })
  expect(removed.status).toBe(204)
  expect(await versionOf()).toBeGreaterThan(enrolled)
})

it('of an enrolment and a removal at once one comes first, and nothing is left between', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const person = await t.signup()
    const tokens = (await t.login(person)) as Pair
    const begun = await send(t, 'POST', '/auth/factors/totp', { token: tokens.access_token })
    const { otpauth_uri: uri } = await begun.json()
    const [confirmed, removed] = await Promise.all([
      t.post('/auth/factors/totp/confirm', { totp_code: codeOf(t, uri) }, tokens.access_token),
      remove(person.id),
    ])
    expect([confirmed.status, removed.status]).toEqual([200, 204])
    const left = await leftOf(person.id)
    const isEnrolled = left?.factor_count === 1
    expect(left).toEqual(isEnrolled ? { factor_count: 1, totp: 1, passkeys: 0, codes: 10 } : NONE)
    if (!isEnrolled) await expectDead(t, await confirmed.json())
  }
})

it('no session of two factors that a log-in opens meanwhile outlives them', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { person, code } = await withTotp(t)
    const { username, password } = person
    const asked = await t.post('/auth/login', { username_or_email: username, password })
    const { mfa_token } = await asked.json()
    const [opened, removed] = await Promise.all([
      t.post('/auth/mfa/verify', { mfa_token, totp_code: await code() }),
      remove(person.id),
    ])
    expect(removed.status).toBe(204)
    if (opened.status === 200) await expectDead(t, await opened.json())
    expect(await leftOf(person.id)).toEqual(NONE)
  }
})
