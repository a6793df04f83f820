import { afterAll, beforeAll, expect, it } from 'vitest'
import { PASSWORD } from '../support/app.ts'
import { createPostgresTestApp, type PostgresTestApp } from '../support/app-postgres.ts'
import { tokenTo } from '../support/links.ts'
import { personWith } from '../support/sessions.ts'

let t: PostgresTestApp
beforeAll(async () => {
  // As on Workers: nothing makes the writes of one user take turns.
  t = await createPostgresTestApp({ way: 'neon' })
})
afterAll(() => t.close())

const NEW_PASSWORD = 'another horse, another battery'
const newAddress = () => `r${crypto.randomUUID().slice(0, 8)}@example.net`
const ask = (access: string, new_email: string) =>
  t.post('/auth/email', { new_email, current_password: PASSWORD }, access)
const confirm = (token: string) => t.post('/auth/email/confirm', { token })
const undo = (token: string) => t.post('/auth/email/undo', { token })
const reset = (token: string) =>
  t.post('/auth/password/reset', { token, new_password: NEW_PASSWORD })

async function askedFor(access: string, address: string): Promise<string> {
  expect((await ask(access, address)).status).toBe(202)
  return tokenTo(t, address, '/confirm-email')
}

async function resetAsked(email: string): Promise<string> {
  await t.post('/auth/password/forgot', { email })
  return tokenTo(t, email, '/reset-password')
}

async function emailOf(id: string): Promise<unknown> {
  const [row] = await t.sql`select email from users where id = ${id}`
  return row?.email
}

async function waiting(count: number): Promise<void> {
  for (;;) {
    const [row] = await t.sql<[{ count: number }]>`select count(*)::int as count
      from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    if (row.count === count) return
  }
}

/** Starts the requests one after the other while a row is held that each of them waits for, then lets go of it. */
async function inThisOrder(
  held: { table: string; id: string },
  requests: (() => Promise<Response>)[],
): Promise<number[]> {
  const started: Promise<Response>[] = []
  await t.sql.begin(async (holder) => {
    await holder.unsafe(`select id from ${held.table} where id = '${held.id}' for update`)
    for (const request of requests) {
      started.push(request())
      await waiting(started.length)
    }
  })
  return (await Promise.all(started)).map(({ status }) => status)
}

it('an undo voids the undo of a change that it did not see', async () => {
  const { person, sessions } = await personWith(t, 1)
  const [{ access_token }] = sessions
  const [theirs, others] = [newAddress(), newAddress()]
  await t.sql`update users set email_verified_at = now() where id = ${person.id}`
  await confirm(await askedFor(access_token, theirs))
  const ours = await tokenTo(t, person.email, '/undo-email-change')
  const pending = await askedFor(access_token, others)
  const held = { table: 'users', id: person.id }
  expect(await inThisOrder(held, [() => confirm(pending), () => undo(ours)])).toEqual([204, 204])
  expect(await emailOf(person.id)).toBe(person.email)
  const left = await t.sql`select email from one_time_tokens
    where user_id = ${person.id} and purpose = 'undo_email_change'`
  expect(left).toEqual([])
})

it('a request for another address that a new password did not see is void all the same', async () => {
  const { person, sessions } = await personWith(t, 1)
  const theirs = newAddress()
  const token = await resetAsked(person.email)
  const held = { table: 'users', id: person.id }
  const asking = () => ask(sessions[0].access_token, theirs)
  expect(await inThisOrder(held, [asking, () => reset(token)])).toEqual([202, 204])
  const [row] = await t.sql<[{ id: string }]>`select id from one_time_tokens
    where user_id = ${person.id} and purpose = 'confirm_email'`
  const survived = await t.deps.oneTimeTokens.mint('confirm_email', { ...row, userId: person.id })
  expect((await confirm(survived)).status).toBe(400)
  expect(await emailOf(person.id)).toBe(person.email)
})

it('two links of one user at once do not wait for each other for ever', async () => {
  const { person, sessions } = await personWith(t, 1)
  const theirs = newAddress()
  const token = await resetAsked(person.email)
  const pending = await askedFor(sessions[0].access_token, theirs)
  const [row] = await t.sql<[{ id: string }]>`select id from one_time_tokens
    where user_id = ${person.id} and purpose = 'confirm_email'`
  const held = { table: 'one_time_tokens', id: row.id }
  expect(await inThisOrder(held, [() => confirm(pending), () => reset(token)])).toEqual([204, 400])
})
