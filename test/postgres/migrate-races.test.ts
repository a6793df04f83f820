import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import journal from '../../drizzle/meta/_journal.json' with { type: 'json' }
import { migrate, migrationState } from '../../src/database/migrate.ts'
import { users } from '../../src/models/index.ts'
import { connectDatabase, createDatabase, WAYS, type Way } from '../support/app-postgres.ts'
import { undoAfterEach } from '../support/undo.ts'

const MIGRATIONS = new URL('../../drizzle', import.meta.url).pathname

const undo = undoAfterEach()
async function emptyDatabase(way: Way) {
  const database = await createDatabase()
  const connection = await connectDatabase(way, database.url)
  undo.push(database.drop, connection.close)
  return { ...database, executor: connection.executor }
}

/** This version's migrations and one that tests write. */
async function oneMoreMigration() {
  const folder = await mkdtemp(join(tmpdir(), 'edge-auth-migrations-'))
  undo.push(() => rm(folder, { recursive: true }))
  await cp(MIGRATIONS, folder, { recursive: true })
  const path = join(folder, 'meta/_journal.json')
  const copied = JSON.parse(await readFile(path, 'utf8'))
  const when = 4_000_000_000_000
  copied.entries.push({ ...copied.entries.at(-1), idx: 99, when, tag: '9999_next' })
  await writeFile(path, JSON.stringify(copied))
  const write = (...steps: string[]) =>
    writeFile(join(folder, '9999_next.sql'), steps.join('\n--> statement-breakpoint\n'))
  return { folder, write, when }
}

describe.each(WAYS)('migrating by %s', (way) => {
  it('applies everything once when four begin at once, and nothing the next time', async () => {
    const { executor, sql } = await emptyDatabase(way)
    expect(await migrationState(executor)).toBe('empty')
    await Promise.all([0, 1, 2, 3].map(() => migrate(executor)))
    const applied = await sql`select created_at from edge_auth.edge_auth_migrations`
    const journal = JSON.parse(await readFile(join(MIGRATIONS, 'meta/_journal.json'), 'utf8'))
    expect(applied).toHaveLength(journal.entries.length)
    expect((await migrate(executor)).applied).toBe(0)
    expect(await migrationState(executor)).toBe('current')
  })

  it('leaves nothing in a new database that a first migration which fails at its end began', async () => {
    const { executor, sql } = await emptyDatabase(way)
    const { folder, write } = await oneMoreMigration()
    await write('create table half (id int)', 'no statement at all')
    await expect(migrate(executor, folder)).rejects.toMatchObject({ code: '42601' })
    expect(await migrationState(executor)).toBe('empty')
    expect(await sql`select 1 from pg_tables where schemaname = 'edge_auth'`).toEqual([])
    expect((await migrate(executor)).applied).toBe(journal.entries.length)
  })

  it('makes everything in the schema that it is given', async () => {
    const database = await createDatabase()
    undo.push(database.drop)
    const connection = await connectDatabase(way, database.adminUrl, { schema: 'Other-1' })
    undo.push(connection.close)
    await migrate(connection.executor)
    await connection.db.select({ id: users.id }).from(users)
    const schemas = await database.sql`select distinct schemaname from pg_tables
      where tablename in ('credentials', 'edge_auth_migrations')`
    expect(schemas).toEqual([{ schemaname: 'Other-1' }])
  })

  it('leaves nothing of a migration that fails half-way, and applies it once it is encodeBarePercents', async () => {
    const { folder, write, when } = await oneMoreMigration()
    const { executor, sql } = await emptyDatabase(way)
    await migrate(executor)
    await write('create table first_half (id int)', 'create table "edge_auth"."users" (id int)')
    await expect(migrate(executor, folder)).rejects.toMatchObject({ code: '42P07' })
    const left =
      await sql`select to_regclass('first_half')::text as name, to_regclass('users')::text as users,
      (select count(*)::int from edge_auth.edge_auth_migrations where created_at = ${when}) as recorded`
    expect(left).toMatchObject([{ name: null, users: 'users', recorded: 0 }])

    // A duplicate is not always a sign that somebody else was quicker.
    await write(
      'create table first_half (id int)',
      'insert into first_half values (1), (1)',
      'create unique index on first_half (id)',
    )
    await expect(migrate(executor, folder)).rejects.toMatchObject({ code: '23505' })

    await write('create table first_half (id int)', 'create table second_half (id int)')
    expect((await migrate(executor, folder)).applied).toBe(1)
    expect((await migrate(executor, folder)).applied).toBe(0)
  })
})
