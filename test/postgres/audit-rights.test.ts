import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { cleanUp } from '../../src/core/cleanup/clean-up.ts'
import { migrate } from '../../src/database/migrate.ts'
import { grants } from '../../src/database/schema/grants.ts'
import { quotedName } from '../../src/database/schema/names.ts'
import { connectPostgres } from '../../src/database/tcp/postgres.ts'
import { PASSWORD } from '../support/app.ts'
import {
  createDatabase,
  createPostgresTestApp,
  type PostgresTestApp,
} from '../support/app-postgres.ts'
import { auditRows, fillTrail } from '../support/audit.ts'
import { expectJourney } from '../support/journey.ts'
import { ROLES } from '../support/postgres-server.ts'
import { expectProblem } from '../support/problems.ts'
import { type SqlClient, sqlClient } from '../support/sql.ts'
import { startFor, undoAfterEach } from '../support/undo.ts'

const run = promisify(execFile)
const undo = undoAfterEach()

async function testApp(): Promise<PostgresTestApp> {
  const t = await createPostgresTestApp()
  undo.push(t.close)
  return t
}

function clientOf(url: string): SqlClient {
  const sql = sqlClient(url)
  undo.push(sql.end)
  return sql
}

const migrateTool = (url: string, schema = 'edge_auth') =>
  run(process.execPath, ['tools/migrate.ts'], {
    env: { PATH: process.env.PATH, DATABASE_URL: url, DATABASE_SCHEMA: schema },
  })

/** One of a script, with its blocks of PL/pgSQL whole. */
const STATEMENT = /(?:\$\$[\s\S]*?\$\$|--.*|[^;$])+;/g

const CHANGES = [
  `update SCHEMA.audit_events set ip = null`,
  `update SCHEMA.audit_events set details = '{}' where false`,
  `delete from SCHEMA.audit_events`,
  `delete from SCHEMA.audit_events where false`,
  `truncate SCHEMA.audit_events`,
  `select id from SCHEMA.audit_events for update`,
  `insert into SCHEMA.audit_events select * from SCHEMA.audit_events limit 1 on conflict (id) do update set ip = '6'`,
  // Cleanup's function deletes as the owner, and so would the trigger.
  `create trigger spy before delete on SCHEMA.audit_events execute function suppress_redundant_updates_trigger()`,
  `drop table SCHEMA.audit_events`,
  `alter table SCHEMA.audit_events disable trigger all`,
]

async function expectAppendOnly(sql: SqlClient, schema = 'edge_auth'): Promise<void> {
  for (const text of CHANGES) {
    const denied = sql.unsafe(text.replaceAll('SCHEMA', schema))
    await expect(denied, text).rejects.toMatchObject({ code: '42501' })
  }
  const before = await sql.unsafe(`select count(*)::int as rows from ${schema}.audit_events`)
  await sql.unsafe(
    `insert into ${schema}.audit_events (id, at, event, outcome, details) values (gen_random_uuid(), now(), 'x', 'success', '{}')`,
  )
  const after = await sql.unsafe(`select count(*)::int as rows from ${schema}.audit_events`)
  expect(Number(after[0]?.rows)).toBe(Number(before[0]?.rows) + 1)
}

it('the role that serves may add to the trail and read it, and neither change nor remove', async () => {
  const { url, runtimeUrl, drop } = await createDatabase()
  undo.push(drop)
  // The rights were given before there was a table, by default privileges.
  await migrateTool(url)
  await expectAppendOnly(clientOf(runtimeUrl))
  await expectJourney(await startFor(undo, { DATABASE_URL: runtimeUrl }))
})

it('rights that were given afterwards are taken back by db:grants and by db:migrate', async () => {
  const { url, runtimeUrl, sql, drop } = await createDatabase()
  undo.push(drop)
  await migrateTool(url)
  const runtime = clientOf(runtimeUrl)
  await sql.unsafe(grants({ ...ROLES, schema: 'edge_auth' }))
  await expectAppendOnly(runtime)

  const given = [
    `grant all on all tables in schema edge_auth to ${ROLES.runtime} with grant option`,
    `grant update (ip), select on edge_auth.audit_events to ${ROLES.runtime}`,
    'grant delete on edge_auth.audit_events to public',
  ]
  for (const grant of given) {
    await sql.unsafe(grant)
    await expect(expectAppendOnly(runtime)).rejects.toThrow()
    // Who does not act for the owner takes nothing back, and nothing fails.
    await migrateTool(runtimeUrl)
    await migrateTool(url)
    await expectAppendOnly(runtime)
  }
})

it('db:grants gives no right to change the trail, not even between two of its statements', async () => {
  const { url, runtimeUrl, sql, drop } = await createDatabase()
  undo.push(drop)
  await migrateTool(url)
  const runtime = clientOf(runtimeUrl)
  // As psql runs a file: each statement for itself.
  const statements = grants({ ...ROLES, schema: 'edge_auth' }).match(STATEMENT) ?? []
  expect(statements.length).toBeGreaterThan(4)
  for (const one of statements) {
    await sql.unsafe(one)
    await expectAppendOnly(runtime)
  }
})

it('an upgrade that fails half-way leaves nobody a right to change the trail', async () => {
  const { url, runtimeUrl, sql, drop } = await createDatabase()
  undo.push(drop)
  const folder = mkdtempSync(join(tmpdir(), 'edge-auth-migrations-'))
  undo.push(() => rmSync(folder, { recursive: true }))
  cpSync('drizzle', folder, { recursive: true })
  const file = join(folder, 'meta/_journal.json')
  const journal = JSON.parse(readFileSync(file, 'utf8')) as { entries: { tag: string }[] }
  const isOfTrail = ({ tag }: { tag: string }) =>
    readFileSync(join(folder, `${tag}.sql`), 'utf8').includes(
      'CREATE TABLE "edge_auth"."audit_events"',
    )
  const before = journal.entries.slice(0, journal.entries.findIndex(isOfTrail))
  const broken = { ...journal.entries.at(-1), when: 4e12, tag: 'broken' }
  writeFileSync(join(folder, 'broken.sql'), 'select 1 / 0')
  const { executor, close } = connectPostgres(url)
  undo.push(close)
  writeFileSync(file, JSON.stringify({ ...journal, entries: before }))
  await migrate(executor, folder)
  writeFileSync(file, JSON.stringify({ ...journal, entries: [...journal.entries, broken] }))
  await expect(migrate(executor, folder)).rejects.toThrow()
  expect(await sql`select to_regclass('edge_auth.audit_events') is not null as there`).toEqual([
    { there: true },
  ])
  await expectAppendOnly(clientOf(runtimeUrl))
})

it('db:grants takes any name for a name', async () => {
  const { sql, drop } = await createDatabase()
  const [owner, runtime] = ['a$$b\'"$block1$', `$$; select 'out'; do $$`]
  undo.push(drop, async () => {
    for (const role of [owner, runtime].map(quotedName)) {
      await sql.unsafe(`drop owned by ${role}; drop role ${role}`)
    }
  })
  await sql.unsafe(grants({ owner, runtime, schema: "it's $$" }))
  const roles = await sql`select from pg_roles where rolname = any(${[owner, runtime]})`
  expect(roles).toHaveLength(2)
})

it.each([
  ['--owner', 'a\nb'],
  ['--runtime', ''],
  ['--owner', 'x'.repeat(64)],
  ['--owner', 'edge_auth_runtime'],
])('db:grants refuses %s %j', async (...args) => {
  const refused = run(process.execPath, ['tools/grants.ts', ...args], {
    env: { PATH: process.env.PATH },
  })
  await expect(refused).rejects.toMatchObject({ code: 1, stdout: '' })
})

it('one role for both serves as well, and is not held back', async () => {
  const { url, drop } = await createDatabase()
  undo.push(drop)
  await expectJourney(await startFor(undo, { DATABASE_URL: url }))
})

it('cleanup removes what is old by the role that serves, and nobody removes what is young', async () => {
  const t = await testApp()
  const [old, young] = [crypto.randomUUID(), crypto.randomUUID()]
  await fillTrail(t, old, 1_500, 366)
  await fillTrail(t, young, 3, 364)
  const all = (await auditRows(t, 'true')).length
  const removed = await Promise.all([cleanUp(t.deps), cleanUp(t.deps)])
  expect(removed.map(({ audit_events }) => audit_events).reduce((a, b) => a + b)).toBe(1_500)
  expect(await auditRows(t, 'true')).toHaveLength(all - 1_500)
  expect(t.log.filter(({ event }) => event === 'cleanup').at(-1)).toMatchObject({
    audit_events_removed: expect.any(Number),
  })

  // Whatever the role asks for.
  await fillTrail(t, young, 3, 29)
  await fillTrail(t, old, 3, 31)
  const runtime = clientOf(t.url)
  for (const days of ['0', '-1000000', '29', 'null']) {
    await runtime.unsafe(`select edge_auth.purge_audit_events(${days}, 1000000)`)
  }
  expect(await auditRows(t, `subject_id = '${young}'`)).toHaveLength(3)
  expect(await auditRows(t, `subject_id = '${old}'`)).toEqual([])
})

it('cleanup keeps all where it is told so', async () => {
  const t = await testApp()
  const forever = await t.beside({ env: { AUDIT_RETENTION_DAYS: '0' } })
  const month = await t.beside({ env: { AUDIT_RETENTION_DAYS: '30' } })
  const old = crypto.randomUUID()
  await fillTrail(t, old, 2, 40)
  expect((await cleanUp(forever.deps)).audit_events).toBe(0)
  expect((await cleanUp(t.deps)).audit_events).toBe(0)
  expect(await auditRows(t, `subject_id = '${old}'`)).toHaveLength(2)
  expect((await cleanUp(month.deps)).audit_events).toBe(2)
})

it('cleanup goes on where the right to that function is missing, and says so', async () => {
  const t = await testApp()
  await t.sql.unsafe(
    'revoke execute on function edge_auth.purge_audit_events(int, int) from public',
  )
  await t.sql`insert into edge_auth.invitations (id, expires_at) values (gen_random_uuid(), now() - interval '1 day')`
  expect(await cleanUp(t.deps)).toMatchObject({ audit_events: 0, invitations: 1 })
  expect(t.log.slice(-2)).toEqual([
    expect.objectContaining({ event: 'cleanup_failed', kind: 'audit_events', code: '42501' }),
    expect.objectContaining({ event: 'cleanup', invitations_removed: 1 }),
  ])
})

it('cleanup works in a schema of another name, and after it was renamed', async () => {
  const { url, runtimeUrl, sql, drop } = await createDatabase()
  undo.push(drop)
  await sql.unsafe(grants({ ...ROLES, schema: 'Other "one"' }))
  const owner = connectPostgres(url, { schema: 'Other "one"' })
  await migrate(owner.executor)
  await owner.close()
  const old = `insert into "SCHEMA".audit_events (id, at, event, outcome, details)
    values ('0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071', now(), 'x', 'success', '{}') on conflict do nothing`
  const purgedIn = async (schema: string) => {
    await sql.unsafe(old.replace('SCHEMA', schema.replaceAll('"', '""')))
    const connection = connectPostgres(runtimeUrl, { schema })
    const lines: unknown[] = []
    const log = (event: string) => lines.push(event)
    const removed = await cleanUp({
      db: connection.db,
      logger: { info: log, warn: log, error: log },
      config: { audit: { retentionDays: 365 } },
    })
    await connection.close()
    return [removed.audit_events, lines]
  }
  // The other schema's trail is not touched: the former name exists, too.
  expect(await purgedIn('Other "one"')).toEqual([1, ['cleanup']])
  await sql.unsafe('alter schema "Other ""one""" rename to renamed')
  expect(await purgedIn('renamed')).toEqual([1, ['cleanup']])
  await expectAppendOnly(clientOf(runtimeUrl), 'renamed')
})

it('no table, function or operator of a caller misleads the function that removes', async () => {
  const t = await testApp()
  const young = crypto.randomUUID()
  await fillTrail(t, young, 3, 1)
  const before = await auditRows(t, 'true')
  await t.sql.unsafe(`create schema evil authorization ${ROLES.runtime}`)
  const caller = clientOf(t.url)
  await caller.unsafe(`
    grant usage on schema evil to public;
    create table evil.called (what text);
    grant insert on evil.called to public;
    create function evil.now() returns timestamptz language sql as $$ select 'infinity'::timestamptz $$;
    create function evil.lpad(text, int, text) returns text language sql as $$ select 'ffffffffffff'::text $$;
    create function evil.to_hex(bigint) returns text language sql as $$ select 'ffffffffffff'::text $$;
    create function evil.repeat(text, int) returns text language sql as $$ select 'ffffffffffffffffffff'::text $$;
    create function evil.is_less(uuid, uuid) returns boolean language sql as $$ select true $$;
    create operator evil.< (leftarg = uuid, rightarg = uuid, function = evil.is_less);
    create function evil.grew(int, int) returns boolean language plpgsql as $$
      begin insert into evil.called values (current_user); return true; end $$;
    create operator evil.> (leftarg = int, rightarg = int, function = evil.grew)`)
  await caller.begin(async (one) => {
    await one.unsafe('create temp table audit_events (id uuid)')
    await one.unsafe('create temp table useless (id uuid)')
    for (const path of ['evil, pg_catalog', 'pg_temp, evil, pg_catalog, edge_auth']) {
      await one.unsafe(`set local search_path to ${path}`)
      await one.unsafe('select edge_auth.purge_audit_events(30, 1000)')
    }
  })
  expect(await auditRows(t, 'true')).toEqual(before)
  expect(await t.sql`select * from evil.called`).toEqual([])
})

const NOT_RECORDED: [string, string, string][] = [
  ['the right to add is missing', `revoke insert on edge_auth.audit_events from ROLE`, '503'],
  ['the table is gone', 'alter table edge_auth.audit_events rename to elsewhere', '503'],
  [
    'the row is refused',
    `alter table edge_auth.audit_events add constraint refused check (event = 'x') not valid`,
    '500',
  ],
]

it.each(NOT_RECORDED)('nothing happens that cannot be recorded: %s', async (_, script, status) => {
  const t = await testApp()
  const person = await t.signup()
  const { access_token } = await t.login(person)
  await t.post('/auth/password/forgot', { email: person.email })
  await t.deliver()
  const state = async () => {
    const dump: unknown[] = []
    for (const table of ['users', 'sessions', 'credentials', 'one_time_tokens', 'outbox']) {
      const rows = await t.sql.unsafe(
        `select to_jsonb(it)::text as row from edge_auth.${table} it order by 1`,
      )
      dump.push(table, ...rows.map(({ row }) => row))
    }
    return dump
  }
  const before = await state()
  await t.sql.unsafe(script.replace('ROLE', ROLES.runtime))
  const credentials = { username_or_email: person.username, password: person.password }
  const newcomer = { username: 'newcomer', email: 'newcomer@example.org', password: PASSWORD }
  const body = { current_password: PASSWORD, new_password: `${PASSWORD} anew` }
  const calls: [string, () => Promise<Response>][] = [
    ['sign-up', () => t.post('/auth/signup', newcomer)],
    ['log-in', () => t.post('/auth/login', credentials)],
    ['log-out', () => t.post('/auth/logout', {}, access_token)],
    ['log out everywhere', () => t.post('/auth/logout-all', {}, access_token)],
    ['password', () => t.post('/auth/password', body, access_token)],
    ['forgot', () => t.post('/auth/password/forgot', { email: person.email })],
    [
      'deletion',
      () =>
        t.request('/auth/me', {
          method: 'DELETE',
          headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ current_password: PASSWORD }),
        }),
    ],
  ]
  for (const [name, call] of calls) {
    const answer = await call()
    expect(`${name} ${answer.status}`).toBe(`${name} ${status}`)
    await expectProblem(answer, status === '503' ? 'service_unavailable' : 'internal_error')
  }
  expect(await state()).toEqual(before)
  expect((await t.get('/auth/me', access_token)).status).toBe(200)
  // What records nothing goes on; and what was refused is answered as it would be.
  const wrong = await t.post('/auth/login', { ...credentials, password: 'no' })
  await expectProblem(wrong, 'invalid_credentials')
  const lines = t.log.filter(({ event }) => event === 'audit_failed')
  expect(lines).toEqual([
    expect.objectContaining({
      audit_event: 'login_failed',
      level: 'error',
      code: expect.any(String),
    }),
  ])
})
