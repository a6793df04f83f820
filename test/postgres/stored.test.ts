import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPostgresTestApp, type PostgresTestApp } from '../support/app-postgres.ts'

let t: PostgresTestApp
beforeAll(async () => {
  t = await createPostgresTestApp()
})
afterAll(() => t.close())

const MIN_CHARACTERS = 20

/** Every run of so many characters of a secret, any of which would give part of it away. */
function piecesOf(secret: string): string[] {
  const last = Math.max(0, secret.length - MIN_CHARACTERS)
  return Array.from({ length: last + 1 }, (_, at) => secret.slice(at, at + MIN_CHARACTERS))
}

/** The whole database as text, system catalogues apart. */
async function dump(): Promise<string> {
  const tables = await t.sql<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')`
  const parts = await Promise.all(
    tables.map(({ name }) =>
      t.sql.unsafe<{ row: string }[]>(`select t::text as row from ${name} t`),
    ),
  )
  return parts.flatMap((rows) => rows.map(({ row }) => row)).join('\n')
}

it('stores nothing that works as a token or password, nor a piece of one', async () => {
  const person = await t.signup()
  const next = 'another horse, battery and staple'
  const first = await t.login(person)
  const second = await t.login(person)
  const rotated = await (await t.refresh(first.refresh_token)).json()
  const changed = await t.post(
    '/auth/password',
    { current_password: person.password, new_password: next },
    rotated.access_token,
  )
  expect(changed.status).toBe(204)
  await t.post('/auth/logout', {}, rotated.access_token)
  const third = await t.login({ ...person, password: next })

  const tokens = [first, second, rotated, third].flatMap((pair) => [
    pair.access_token,
    pair.refresh_token,
  ])
  const stored = await dump()
  expect(stored).toContain(person.email)
  expect(stored).toContain('$argon2id$')
  const secrets = [...tokens.flatMap((token) => token.split('.')), person.password, next]
  for (const secret of secrets) {
    for (const piece of piecesOf(secret)) expect(stored.includes(piece), piece).toBe(false)
  }
})
