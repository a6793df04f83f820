import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { send } from '../support/acting.ts'
import { type Admin, adminOf } from '../support/admin.ts'
import { PASSWORD } from '../support/app.ts'
import {
  createPostgresTestApp,
  type PostgresTestApp,
  rounds,
  statuses,
  waitingFor,
} from '../support/app-postgres.ts'
import { tokenTo } from '../support/links.ts'

type Asked = { id: string; email: string }

const ROUNDS = 200
const WIDTH = 20

let t: PostgresTestApp
beforeAll(async () => {
  t = await createPostgresTestApp()
})
afterAll(() => t.close())

const at = (path: string, token: string, more: object = {}) => t.post(path, { token, ...more })

/** One success among so many redeems of one token at once, and as many refusals as there are others. */
async function expectOneSuccess(redeem: () => Promise<Response>): Promise<void> {
  const answers = await statuses(Array.from({ length: WIDTH }, redeem))
  expect(answers).toEqual([204, ...Array(WIDTH - 1).fill(400)])
}

describe(`of ${WIDTH} redeems of one token at once, one succeeds`, () => {
  it('to verify an address', async () => {
    await rounds(ROUNDS, 1, async () => {
      const { email } = await t.signup()
      const token = await tokenTo(t, email, '/verify-email')
      await expectOneSuccess(() => at('/auth/email/verify', token))
    })
  })

  it('to choose a password, which is then that of the one', async () => {
    const person = await t.signup()
    await rounds(ROUNDS, 1, async (round) => {
      await t.post('/auth/password/forgot', { email: person.email })
      const token = await tokenTo(t, person.email, '/reset-password')
      await t.column(`delete from edge_auth.outbox where recipient = '${person.email}' returning 1`)
      const tries = Array.from({ length: WIDTH }, (_, one) => `the password ${round} of try ${one}`)
      const given = await Promise.all(
        tries.map(async (new_password) => ({
          new_password,
          status: (await at('/auth/password/reset', token, { new_password })).status,
        })),
      )
      const right = given.filter(({ status }) => status === 204)
      expect(right).toHaveLength(1)
      expect(given.filter(({ status }) => status === 400)).toHaveLength(WIDTH - 1)
      await t.login({ ...person, password: right[0]?.new_password ?? '' })
    })
  })
})

it('a redeem and a newer request at once: the older token works, or the newer, and never both', async () => {
  const person = await t.signup()
  await t.mailsTo(person.email)
  let [older, newer] = [0, 0]
  await rounds(100, 1, async () => {
    await t.sql`update users set email_verified_at = null where id = ${person.id}`
    await t.post('/auth/email/verification', { email: person.email })
    const token = await tokenTo(t, person.email, '/verify-email')
    await t.sql`delete from outbox where recipient = ${person.email}`
    const [redeemed, asked] = await Promise.all([
      at('/auth/email/verify', token),
      t.post('/auth/email/verification', { email: person.email }),
    ])
    expect(asked.status).toBe(202)
    const [{ count } = { count: 0 }] = await t.sql<[{ count: number }]>`
      select count(*)::int as count from one_time_tokens where user_id = ${person.id}`
    const [{ verified } = { verified: false }] = await t.sql<[{ verified: boolean }]>`
      select email_verified_at is not null as verified from users where id = ${person.id}`
    expect(verified).toBe(redeemed.status === 204)
    if (redeemed.status === 204) older++
    else newer++
    expect(count).toBeLessThanOrEqual(1)
    if (redeemed.status !== 204) expect(count).toBe(1)
  })
  expect(older + newer).toBe(100)
})

it('two accounts that confirm one address at once: one gets it', async () => {
  await rounds(30, 1, async () => {
    const address = `c${crypto.randomUUID().slice(0, 8)}@example.net`
    const tokens: string[] = []
    for (let people = 0; people < 2; people++) {
      const { access_token } = await t.login(await t.signup())
      const body = { new_email: address, current_password: PASSWORD }
      expect((await t.post('/auth/email', body, access_token)).status).toBe(202)
      tokens.push(await tokenTo(t, address, '/confirm-email'))
      await t.sql`delete from outbox where recipient = ${address}`
    }
    const answers = await statuses(tokens.map((token) => at('/auth/email/confirm', token)))
    expect(answers).toEqual([204, 409])
  })
})

it('sign-ups for one address at once, where the answer tells nothing: one account, one link', async () => {
  const strict = await t.beside({ env: { REQUIRE_VERIFIED_EMAIL: 'true' } })
  await rounds(30, 1, async () => {
    const email = `s${crypto.randomUUID().slice(0, 8)}@example.net`
    const answers = await statuses(
      Array.from({ length: 8 }, () =>
        strict.post('/auth/signup', {
          username: `u${crypto.randomUUID().slice(0, 8)}`,
          email,
          password: PASSWORD,
        }),
      ),
    )
    expect(answers).toEqual(Array(8).fill(202))
    const mails = await t.mailsTo(email)
    expect(mails.filter(({ links }) => links[0]?.includes('/verify-email'))).toHaveLength(1)
    expect(mails).toHaveLength(8)
    const [row] = await t.sql`select count(*)::int as count from users where email = ${email}`
    expect(row).toEqual({ count: 1 })
  })
})

it.each([
  [
    'an admin asks',
    404,
    (admin: Admin, { id }: Asked) => send(t, 'POST', `/admin/users/${id}/password-reset`, admin),
  ],
  ['they ask', 202, (_: Admin, { email }: Asked) => t.post('/auth/password/forgot', { email })],
])('there is no token for a user who is deleted while %s', async (_, status, ask) => {
  const admin = await adminOf(t)
  const person = await t.signup()
  const deleting = t.sql.begin(async (sql) => {
    await sql`delete from users where id = ${person.id}`
    // A statement that waits for this row began while the user was there.
    const waiting = ask(admin, person)
    await expect.poll(() => waitingFor(t), { interval: 10 }).toBe(1)
    return { waiting }
  })
  expect((await (await deleting).waiting).status).toBe(status)
  expect(await t.sql`select from one_time_tokens where user_id = ${person.id}`).toHaveLength(0)
})
