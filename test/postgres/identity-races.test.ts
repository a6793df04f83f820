import { afterAll, beforeAll, expect, it } from 'vitest'
import { send } from '../support/acting.ts'
import { type Admin, adminOf } from '../support/admin.ts'
import { createPostgresTestApp, type PostgresTestApp, waitingFor } from '../support/app-postgres.ts'
import { askedCode } from '../support/codes.ts'
import { enrolledBehindBack } from '../support/enrolled.ts'
import { FEDERATED } from '../support/federated.ts'
import { federatedPerson } from '../support/identities.ts'
import { pendingToken } from '../support/mailed.ts'
import { expectDead } from '../support/sessions.ts'

const ROUNDS = 100
/** A round is some ten requests. */
const PATIENCE = 240_000
const NEW = 'another horse, another battery'

let t: PostgresTestApp
let admin: Admin
beforeAll(async () => {
  const google = { OAUTH_GOOGLE_CLIENT_ID: 'client-1', OAUTH_GOOGLE_CLIENT_SECRET: 'secret-of-1' }
  const env = { ...FEDERATED, ...google, LOGIN_CODES: 'true', RATE_LIMITS: 'off' }
  t = await createPostgresTestApp({ env })
  admin = await adminOf(t)
})
afterAll(() => t.close())

type User = { id: string; token: string }
const unlink = ({ token }: User, id = '') => send(t, 'DELETE', `/auth/identities/${id}`, { token })
const removePasskey = ({ token }: User, id: string) =>
  send(t, 'DELETE', `/auth/factors/passkeys/${id}`, { token })
const unlinkAsAdmin = ({ id }: User, identity = '') =>
  send(t, 'DELETE', `/admin/users/${id}/identities/${identity}`, admin)

/** How many credentials of each kind somebody has. */
async function left({ id }: User) {
  const [row] = await t.sql<{ passwords: number; passkeys: number; identities: number }[]>`select
    (select count(*)::int from credentials where user_id = ${id}) as passwords,
    (select count(*)::int from passkeys where user_id = ${id} and suspended_at is null) as passkeys,
    (select count(*)::int from identities where user_id = ${id}) as identities`
  return row ?? { passwords: 0, passkeys: 0, identities: 0 }
}

/** Somebody with a passkey that nobody holds, and identities, but no password. */
async function withPasskey(identities: number) {
  const person = await federatedPerson(t, ...Array.from({ length: identities }, () => ({})))
  const passkey = crypto.randomUUID()
  await t.sql`insert into passkeys (id, user_id, credential_id, public_key, counter, is_backup_eligible, is_backed_up, name)
    values (${passkey}, ${person.id}, ${passkey}, 'a', 0, true, true, 'Phone')`
  await enrolledBehindBack(t, person, person.tokens)
  return { ...person, passkey }
}

/** A code to log in by, which is asked for more often here than anybody may. */
async function codeFor({ email }: { email: string }) {
  await t.sql`delete from rate_limits`
  return askedCode(t, email)
}

const sorted = (answers: Response[]) => answers.map(({ status }) => status).toSorted()

it('of two unlinks of the last two identities at once one is refused', {
  timeout: PATIENCE,
}, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const person = await federatedPerson(t, {}, {})
    const [one, other] = person.identities
    const byAdmin = round % 2 === 1
    const answers = await Promise.all([
      unlink(person, one),
      byAdmin ? unlinkAsAdmin(person, other) : unlink(person, other),
    ])
    // What the admin does ends the user's session, too.
    expect([[204, 409], ...(byAdmin ? [[204, 401]] : [])]).toContainEqual(sorted(answers))
    expect(await left(person)).toEqual({ passwords: 0, passkeys: 0, identities: 1 })
  }
})

it('of an unlink and the removal of the last passkey at once one is refused', {
  timeout: PATIENCE,
}, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const person = await withPasskey(1)
    const both = [
      () => unlink(person, person.identities[0]),
      () => removePasskey(person, person.passkey),
    ]
    if (round % 2) both.reverse()
    expect(sorted(await Promise.all(both.map((one) => one())))).toEqual([204, 409])
    const { passkeys, identities } = await left(person)
    expect(passkeys + identities).toBe(1)
  }
})

it('a passkey that was waited for is not removed after the identity went', async () => {
  const person = await withPasskey(1)
  const { waiting } = await t.sql.begin(async (sql) => {
    await sql`select from users where id = ${person.id} for update`
    const waiting = removePasskey(person, person.passkey)
    await expect.poll(() => waitingFor(t)).toBe(1)
    await sql`delete from identities where user_id = ${person.id}`
    await sql`update users set access_version = access_version + 1 where id = ${person.id}`
    return { waiting }
  })
  expect((await waiting).status).toBe(409)
  expect(await left(person)).toEqual({ passwords: 0, passkeys: 1, identities: 0 })
})

it('no identity outlives a claim, whatever is unlinked meanwhile', {
  timeout: PATIENCE,
}, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const person = await federatedPerson(t, {}, {})
    const code = await codeFor(person)
    const [claimed, unlinked] = await Promise.all([
      t.post('/auth/code/verify', code),
      unlink(person, person.identities[0]),
    ])
    expect(claimed.status).toBe(200)
    expect([204, 401, 404]).toContain(unlinked.status)
    await expectDead(t, person.tokens)
    expect(await left(person)).toEqual({ passwords: 0, passkeys: 0, identities: 0 })
  }
})

it('no identity that is linked meanwhile outlives a reset that proves the mailbox', async () => {
  const person = await federatedPerson(t, {})
  const { token } = await pendingToken(t, person, 'reset_password')
  const { waiting } = await t.sql.begin(async (sql) => {
    await sql`select from users where id = ${person.id} for update`
    const waiting = t.post('/auth/password/reset', { token, new_password: NEW })
    await expect.poll(() => waitingFor(t)).toBe(1)
    await sql`insert into identities (issuer, subject, id, user_id, provider, email_verified)
      values ('https://google.example', ${person.id}, gen_random_uuid(), ${person.id}, 'google', true)`
    await sql`update users set access_version = access_version + 1 where id = ${person.id}`
    return { waiting }
  })
  expect((await waiting).status).toBe(204)
  expect(await left(person)).toEqual({ passwords: 1, passkeys: 0, identities: 0 })
})

it('no identity that is linked meanwhile outlives the undoing of a change of the email', async () => {
  const person = await federatedPerson(t, {})
  const former = `f${crypto.randomUUID().slice(0, 8)}@example.org`
  const { token } = await pendingToken(t, person, 'undo_email_change', former)
  const { waiting } = await t.sql.begin(async (sql) => {
    await sql`select from users where id = ${person.id} for update`
    const waiting = t.post('/auth/email/undo', { token })
    await expect.poll(() => waitingFor(t)).toBe(1)
    await sql`insert into identities (issuer, subject, id, user_id, provider, email_verified)
      values ('https://google.example', ${person.id}, gen_random_uuid(), ${person.id}, 'google', true)`
    await sql`update users set access_version = access_version + 1 where id = ${person.id}`
    return { waiting }
  })
  expect((await waiting).status).toBe(204)
  expect((await left(person)).identities).toBe(0)
})

it('of two first passwords at once one is set', { timeout: PATIENCE }, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const person = await federatedPerson(t, {})
    const set = (new_password: string) => t.post('/auth/password', { new_password }, person.token)
    const answers = await Promise.all([set(`${NEW} 1`), set(`${NEW} 2`)])
    expect(sorted(answers)).toEqual([204, 422])
    const winner = answers.findIndex(({ status }) => status === 204) + 1
    await t.login({ ...person, password: `${NEW} ${winner}` })
  }
})

it('a first password that is set while the account is claimed does not outlive that', {
  timeout: PATIENCE,
}, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const person = await federatedPerson(t, {})
    const code = await codeFor(person)
    const [claimed, set] = await Promise.all([
      t.post('/auth/code/verify', code),
      t.post('/auth/password', { new_password: NEW }, person.token),
    ])
    expect([204, 401]).toContain(set.status)
    // A password that was set voids the code; whoever reads the mailbox asks for another.
    if (claimed.status !== 200) {
      const again = await t.post('/auth/code/verify', await codeFor(person))
      expect([claimed.status, set.status, again.status]).toEqual([401, 204, 200])
    }
    expect(await left(person)).toEqual({ passwords: 0, passkeys: 0, identities: 0 })
  }
})
