import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as migrateByDrizzle } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { expect, it } from 'vitest'
import { migrate } from '../../src/database/migrate.ts'
import { connectPostgres } from '../../src/database/tcp/postgres.ts'
import { createDatabase } from '../support/app-postgres.ts'
import { expectJourney } from '../support/journey.ts'
import { startFor, undoAfterEach } from '../support/undo.ts'

const undo = undoAfterEach()
async function sharedDatabase() {
  const database = await createDatabase()
  undo.push(database.drop)
  return database
}

/** Migrations of another application, as drizzle-kit writes them; so many of them are there. */
async function theirMigrations(texts: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'edge-auth-theirs-'))
  undo.push(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'meta'))
  const entries = texts.map((_, idx) => ({ idx, when: 5e12 + idx, tag: `000${idx}`, version: '7' }))
  await writeFile(join(folder, 'meta/_journal.json'), JSON.stringify({ version: '7', entries }))
  for (const [idx, text] of texts.entries()) await writeFile(join(folder, `000${idx}.sql`), text)
  return folder
}

it('lives beside the tables and the journal of another application, which migrates before and after', async () => {
  const { adminUrl, url, sql } = await sharedDatabase()
  const theirs = new pg.Pool({ connectionString: adminUrl, max: 1 })
  // A pool that is ended does not wait for its connections, and the database is dropped under them.
  theirs.on('error', () => {})
  theirs.on('connect', (client) => client.on('error', () => {}))
  undo.push(() => theirs.end())
  const migrateTheirs = async (texts: string[]) =>
    migrateByDrizzle(drizzle({ client: theirs }), {
      migrationsFolder: await theirMigrations(texts),
    })
  const first =
    "create table public.credentials (id int); insert into public.users (name) values ('x')"
  await migrateTheirs([first])

  const service = await startFor(undo, { DATABASE_URL: url })
  expect(service.output()).toContain('its tables were created')
  await expectJourney(service)

  await migrateTheirs([first, 'alter table public.users add column later text'])
  await expectJourney(service)
  expect(await theirs.query('select id, name, later from public.users')).toMatchObject({
    rows: [{ id: 1, name: 'x', later: null }],
  })
  const journal = await sql`select hash from drizzle.__drizzle_migrations`
  expect(journal).toHaveLength(3)
  const [{ count }] = await sql<[{ count: number }]>`
    select count(*)::int as count from information_schema.tables
    where table_schema not in ('edge_auth', 'pg_catalog', 'information_schema')`
  expect(count).toBe(4)
})

it.each(['auth, public', 'public, edge_auth', 'drizzle', ''])(
  'is not led astray by the search_path "%s"',
  async (path) => {
    const { url, name, admin, sql } = await sharedDatabase()
    await sql.unsafe('create schema auth')
    await admin.unsafe(`alter database ${name} set search_path = ${path || "''"}`)
    const service = await startFor(undo, { DATABASE_URL: url })
    await expectJourney(service)
    const [found] = await sql`select count(*)::int as count from edge_auth.users`
    expect(found).toEqual({ count: 1 })
  },
)

it('has its tables in another schema where DATABASE_SCHEMA says so, and two services share a database', async () => {
  const { adminUrl, sql } = await sharedDatabase()
  const schemas = ['First-one', 'public']
  await sql.unsafe('drop table public.users, public.sessions')
  for (const schema of schemas) {
    const service = await startFor(undo, { DATABASE_URL: adminUrl, DATABASE_SCHEMA: schema })
    await expectJourney(service)
  }
  const counts = await sql`
    select (select count(*)::int from "First-one".users) as one, (select count(*)::int from public.users) as other,
      (select count(*)::int from pg_tables where schemaname = 'edge_auth') as none`
  expect(counts).toEqual([{ one: 1, other: 1, none: 0 }])
})

it('says what is in its way, and goes on trying, where its own schema holds a table of somebody else', async () => {
  const { adminUrl, sql } = await sharedDatabase()
  await sql.unsafe('create table edge_auth.users (id int)')
  const service = await startFor(undo, { DATABASE_URL: adminUrl })
  expect(service.output()).toMatch(/cannot be used: 42P07 relation "users" already exists/)
  expect((await service.get('/health/ready')).status).toBe(503)
  const { executor, close } = connectPostgres(adminUrl)
  undo.push(close)
  await expect(migrate(executor)).rejects.toMatchObject({ code: '42P07' })
  await sql.unsafe('drop table edge_auth.users')
  await expect.poll(() => service.output()).toContain('its tables were created')
  await expectJourney(service)
})
