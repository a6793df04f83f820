import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { migrate } from '../../src/database/migrate.ts'
import { connectPostgres } from '../../src/database/tcp/postgres.ts'
import { createDatabase } from '../support/app-postgres.ts'
import { expectJourney } from '../support/journey.ts'
import { ROLES } from '../support/postgres-server.ts'
import { sqlClient } from '../support/sql.ts'
import { startFor, undoAfterEach } from '../support/undo.ts'

const run = promisify(execFile)

const undo = undoAfterEach()
async function grantedDatabase() {
  const database = await createDatabase()
  undo.push(database.drop)
  return database
}

async function migrated() {
  const database = await grantedDatabase()
  const { executor, close } = connectPostgres(database.url)
  await migrate(executor)
  await close()
  return database
}

it('is served by a role that can change rows and nothing else', async () => {
  const { runtimeUrl } = await migrated()
  await expectJourney(await startFor(undo, { DATABASE_URL: runtimeUrl }))
  const sql = sqlClient(runtimeUrl)
  undo.push(sql.end)
  for (const text of [
    'create table edge_auth.more (id int)',
    'alter table edge_auth.users add column more int',
    'drop table edge_auth.sessions',
    'truncate edge_auth.sessions',
    'create schema more',
  ]) {
    await expect(sql.unsafe(text)).rejects.toMatchObject({ code: '42501' })
  }
})

it.each([
  ['usage on schema edge_auth', 'may not use the schema edge_auth'],
  ['select on edge_auth.edge_auth_migrations', 'may not read edge_auth_migrations'],
  ['select on edge_auth.users', 'may not read users'],
  ['insert on edge_auth.users', 'may not write to users'],
  ['delete on edge_auth.sessions', 'may not write to sessions'],
  [
    'all on edge_auth.users, edge_auth.credentials',
    'may not read credentials, users and may not write to credentials, users',
  ],
])('/health/ready says so where the role has lost %s', async (right, words) => {
  const { runtimeUrl, sql } = await migrated()
  const service = await startFor(undo, { DATABASE_URL: runtimeUrl })
  expect((await service.get('/health/ready')).status).toBe(200)
  await sql.unsafe(`revoke ${right} from ${ROLES.runtime}`)
  const refused = await service.get('/health/ready')
  expect(refused.status).toBe(503)
  expect((await refused.json()).detail).toBe(
    `The database role ${words}. The rights it needs: npm run db:grants`,
  )
  await sql.unsafe(`grant ${right} to ${ROLES.runtime}`)
  expect((await service.get('/health/ready')).status).toBe(200)
})

it.each([
  [
    'alter table edge_auth.users enable row level security',
    'Row-level security hides rows from the database role, in: users',
  ],
  [
    'alter table edge_auth.edge_auth_migrations enable row level security',
    'in: edge_auth_migrations',
  ],
  [
    `create role NEW; alter table edge_auth.users owner to NEW`,
    'The owner may not use the schema edge_auth itself, of: users',
  ],
])('/health/ready says what else would be in the way of a sign-up: %s', async (script, words) => {
  const { runtimeUrl, name, sql, admin } = await migrated()
  const service = await startFor(undo, { DATABASE_URL: runtimeUrl })
  await sql.unsafe(script.replaceAll('NEW', `${name}_new`))
  undo.push(() => admin.unsafe(`drop role if exists ${name}_new`))
  undo.push(() => sql.unsafe(`alter table edge_auth.users owner to ${ROLES.owner}`))
  const refused = await service.get('/health/ready')
  expect([refused.status, (await refused.json()).detail]).toEqual([
    503,
    expect.stringContaining(words),
  ])
})

it('db:migrate needs no right to create where nothing is missing', async () => {
  const { runtimeUrl, sql } = await migrated()
  const before = await sql`select oid from pg_class where relname = 'edge_auth_migrations'`
  expect(await runTool('migrate', { DATABASE_URL: runtimeUrl })).toContain(
    'The schema is up to date.',
  )
  expect(await sql`select oid from pg_class where relname = 'edge_auth_migrations'`).toEqual(before)
})

it('a start without the rights leaves nothing behind, says which, and migrates once they are given', async () => {
  const { runtimeUrl, name, sql } = await grantedDatabase()
  await sql.unsafe('drop schema edge_auth')
  const service = await startFor(undo, { DATABASE_URL: runtimeUrl })
  expect(service.output()).toMatch(
    new RegExp(`cannot be used: 42501 permission denied for database ${name}`),
  )
  const refused = await service.get('/health/ready')
  expect((await refused.json()).detail).toContain('all tables')
  expect(await sql`select 1 from pg_namespace where nspname = 'edge_auth'`).toEqual([])
  await expect(runTool('migrate', { DATABASE_URL: runtimeUrl })).rejects.toMatchObject({
    stderr: expect.stringMatching(
      /^Migrating failed: 42501 .*\nThe rights it needs: npm run db:grants\./m,
    ),
  })
  await sql.unsafe(`create schema edge_auth authorization ${ROLES.runtime}`)
  await expect.poll(() => service.output()).toContain('its tables were created')
  await expectJourney(service)
})

it('an empty journal, as a failed start of 0.1.0 left it, counts as none', async () => {
  const { url, sql } = await grantedDatabase()
  await sql.unsafe(`create table edge_auth.edge_auth_migrations
    (created_at bigint primary key, hash text not null, applied_at timestamptz not null default now());
    alter table edge_auth.edge_auth_migrations owner to ${ROLES.owner}`)
  const service = await startFor(undo, { DATABASE_URL: url })
  expect(service.output()).toContain('its tables were created')
  await expectJourney(service)
})

it('db:grants prints SQL for a database owner who may make roles, to be run before and after', async () => {
  const { admin, adminUrl, name, sql } = await grantedDatabase()
  const [dba, owner, runtime] = [`${name}_d`, `${name}_o`, `${name}_r`]
  await admin.unsafe(
    `create role ${dba} login createrole password 'x'; alter database ${name} owner to ${dba}`,
  )
  undo.push(async () => {
    await admin.unsafe(`alter database ${name} owner to postgres`)
    await sql.unsafe(
      `reassign owned by ${owner} to postgres; drop owned by ${dba}; drop owned by ${owner};
        drop owned by ${runtime}`,
    )
    await admin.unsafe(`drop role ${dba}, ${owner}, ${runtime}`)
  })
  const as = (username: string) =>
    Object.assign(new URL(adminUrl), { username, password: 'x' }).href
  const env = { DATABASE_SCHEMA: 'granted' }
  const script = await runTool('grants', env, '--owner', owner, '--runtime', runtime)
  const given = sqlClient(as(dba))
  undo.push(given.end)
  await given.unsafe(script)
  for (const role of [owner, runtime]) await sql.unsafe(`alter role ${role} password 'x'`)
  expect(await runTool('migrate', { DATABASE_URL: as(owner), ...env })).toContain('Applied')
  await given.unsafe(script)
  const service = await startFor(undo, { DATABASE_URL: as(runtime), ...env })
  await expectJourney(service)
})

/** A script of tools/, as its npm command runs it. */
async function runTool(name: string, env: Record<string, string>, ...args: string[]) {
  const { stdout } = await run(process.execPath, [`tools/${name}.ts`, ...args], {
    env: { PATH: process.env.PATH, ...env },
  })
  return stdout
}
