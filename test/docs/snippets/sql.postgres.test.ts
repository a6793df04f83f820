import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadArgon2 } from '../../../src/adapters/argon2-node.ts'
import { hashPassword } from '../../../src/core/passwords/hashing.ts'
import { PASSWORD } from '../../support/app.ts'
import { createPostgresTestApp, type PostgresTestApp } from '../../support/app-postgres.ts'
import { silent } from '../../support/logger.ts'
import { type Block, nameOf } from './blocks.ts'
import { blocksOfKind } from './of-kind.ts'

/** A hash as another system has it, and one of an algorithm that the service does not know. */
const argon2id = await loadArgon2(silent)
const HASH = await hashPassword(PASSWORD, argon2id, {
  memoryKiB: 4096,
  iterations: 3,
  parallelism: 1,
})
const BCRYPT = '$2b$12$abcdefghijklmnopqrstuuJ8n0WQ9mV7w6Yb5c4d3e2f1g0h9i8j7'

let t: PostgresTestApp
beforeAll(async () => {
  t = await createPostgresTestApp()
  await t.sql`create table edge_auth.old_accounts
    (username text, email text, is_verified boolean, created_at timestamptz, name text, password_hash text)`
  await t.sql.unsafe(`insert into edge_auth.old_accounts values
    ('Grace', 'Grace@Example.org', true, '2019-05-01', 'Grace Hopper', '${HASH}'),
    ('linus', 'linus@example.org', false, '2020-05-01', null, '${BCRYPT}'),
    ('no', 'not an address', true, '2020-05-01', null, '${HASH}')`)
})
afterAll(() => t.close())

const EXPECTED_ERROR = /^(.*); +-- ERROR: (.*)$/

/** Runs a block by the statement, as its lines end; a line that says which error it gives must give it. */
async function run({ code }: Block): Promise<(readonly object[])[]> {
  const found: (readonly object[])[] = []
  await t.sql.begin(async (sql) => {
    let statement = ''
    for (const line of code.replaceAll('$argon2id$…', HASH).split('\n')) {
      const [, failing, message] = EXPECTED_ERROR.exec(line) ?? []
      if (failing) {
        await sql`savepoint before_error`
        await expect(sql.unsafe(failing)).rejects.toThrow(message)
        await sql`rollback to savepoint before_error`
        continue
      }
      statement += `${line}\n`
      if (!/;(?: +--.*)?$/.test(line)) continue
      found.push(await sql.unsafe(statement))
      statement = ''
    }
    expect(statement.trim()).toBe('')
    await sql`reset role`
  })
  return found
}

const logIn = (username_or_email: string) =>
  t.post('/auth/login', { username_or_email, password: PASSWORD })

it.each(blocksOfKind('sql').map((block) => [nameOf(block), block] as const))(
  'Postgres runs %s',
  async (_, block) => {
    expect((await run(block)).length).toBeGreaterThan(0)
  },
)

it('brings accounts over with their passwords, once', async () => {
  const [bring, left] = blocksOfKind('sql').filter(({ file }) => file === 'docs/migrating.md')
  if (!bring || !left) throw new Error('docs/migrating.md has two statements')
  await t.sql`delete from edge_auth.users`
  await run(bring)
  await run(bring)
  const users =
    await t.sql`select u.username, email_verified_at is not null as verified, display_name,
    password_hash from edge_auth.users u left join edge_auth.credentials on user_id = u.id order by 1`
  expect(users).toEqual([
    { username: 'Grace', verified: true, display_name: 'Grace Hopper', password_hash: HASH },
    { username: 'linus', verified: false, display_name: null, password_hash: null },
  ])
  expect(await run(left)).toEqual([[{ username: 'no', email: 'not an address' }]])

  expect((await logIn('grace')).status).toBe(200)
  expect((await logIn('GRACE@example.org')).status).toBe(200)
  expect((await logIn('linus')).status).toBe(401)
  // Its parameters are today's after the first log-in.
  const [stored] = await t.sql`select password_hash from edge_auth.credentials`
  expect(stored?.password_hash).not.toBe(HASH)

  const asked = await t.post('/auth/password/forgot', { email: 'linus@example.org' })
  expect(asked.status).toBe(202)
})

it('ends the sessions of everybody, where a page says so', async () => {
  const person = await t.signup()
  const { access_token } = await t.login(person)
  const ends = blocksOfKind('sql').find(({ file }) => file === 'docs/database.md')
  if (!ends) throw new Error('docs/database.md has the statement')
  expect((await t.get('/auth/me', access_token)).status).toBe(200)
  await run(ends)
  expect((await t.get('/auth/me', access_token)).status).toBe(401)
})
