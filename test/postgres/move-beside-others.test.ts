import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeEach, expect, it } from 'vitest'
import { finishMigrating, migrate, migrationState } from '../../src/database/migrate.ts'
import { connectPostgres } from '../../src/database/tcp/postgres.ts'
import { createDatabase } from '../support/app-postgres.ts'
import { connectAs, formerDatabase, restoreFormer } from '../support/former-installation.ts'
import { ROLES } from '../support/postgres-server.ts'
import { undoAfterEach } from '../support/undo.ts'

let database: Awaited<ReturnType<typeof formerDatabase>>
const undo = undoAfterEach()
beforeEach(async () => {
  database = await formerDatabase(undo)
})

function connect() {
  const connection = connectPostgres(database.adminUrl)
  undo.push(connection.close)
  return connection
}

const runMigrate = (url: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, ['tools/migrate.ts', ...args], {
    env: { PATH: process.env.PATH, DATABASE_URL: url },
  })

it('leaves what others have in the journal they shared, and what is called like the views', async () => {
  await database.sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('theirs', 5)`
  const { executor } = connect()
  await migrate(executor)
  await database.sql.unsafe(
    'create schema app; create view app.users as select * from edge_auth.users',
  )
  await finishMigrating(executor)
  await finishMigrating(executor)
  expect(await database.sql`select hash from drizzle.__drizzle_migrations`).toEqual([
    { hash: 'theirs' },
  ])
  expect(await database.sql`select username from app.users order by 1`).toHaveLength(3)
})

it('finishes nothing that is not there, as a role that may not read other applications’ journals', async () => {
  const shared = await createDatabase()
  undo.push(shared.drop)
  const { executor, close } = connectPostgres(shared.url)
  undo.push(close)
  await migrate(executor)
  expect(await finishMigrating(executor)).toBe(false)
  expect(await shared.sql`select hash from drizzle.__drizzle_migrations`).toHaveLength(1)
})

it('does not end the move of another installation', async () => {
  await migrate(connect().executor)
  const second = connectPostgres(database.adminUrl, { schema: 'second' })
  undo.push(second.close)
  await migrate(second.executor)
  expect(await finishMigrating(second.executor)).toBe(false)
  expect(await database.sql`select username from public.users`).toHaveLength(3)
})

it('is not taken in by what strangers make under the names that it knows', async () => {
  const stranger = await connectAs(undo, database.runtimeUrl)
  await database.sql.unsafe(`grant create on schema public to ${ROLES.runtime}`)
  await stranger.query('create table public.edge_auth_migrations (created_at bigint)')
  await stranger.query(`create temp table credentials
    (x text, constraint credentials_hash_is_phc check (x like '$%'))`)
  const { executor } = connect()
  expect(await migrationState(executor)).toBe('behind')
  await migrate(executor)
  expect(await database.sql`select username from edge_auth.users`).toHaveLength(3)

  const empty = await createDatabase()
  undo.push(empty.drop)
  const other = await connectAs(undo, empty.runtimeUrl)
  await other.query(
    'create temp table credentials (x text, constraint credentials_hash_is_phc check (true))',
  )
  const connection = connectPostgres(empty.url)
  undo.push(connection.close)
  expect(await migrationState(connection.executor)).toBe('empty')
})

it('refuses in words what it cannot tell, and says what it leaves', async () => {
  await database.sql.unsafe('delete from drizzle.__drizzle_migrations')
  await expect(migrate(connect().executor)).rejects.toThrow(
    'the schema public holds tables of 0.1.0, and drizzle.__drizzle_migrations does not know them',
  )
  const late = await createDatabase()
  undo.push(late.drop)
  const { executor, close } = connectPostgres(late.adminUrl)
  undo.push(close)
  await migrate(executor)
  await restoreFormer(late)
  const { stdout } = await runMigrate(late.adminUrl, '--finish')
  expect(stdout).toContain('Tables of 0.1.0 in public were left there, for edge_auth has its own')
  expect(await late.sql`select hash from drizzle.__drizzle_migrations`).toHaveLength(2)
})

it('is told by db:migrate, which does not end at once what it began', async () => {
  const moved = await runMigrate(database.adminUrl, '--finish')
  expect(moved.stdout).toMatch(
    /moved from public to edge_auth\. A 0\.1\.0 that runs goes on by views/,
  )
  expect(await database.sql`select 1 from public.users`).toHaveLength(3)
  expect((await runMigrate(database.adminUrl, '--finish')).stdout).toContain('is finished')
  expect((await runMigrate(database.adminUrl, '--finish')).stdout).toContain('no move to finish')
})
