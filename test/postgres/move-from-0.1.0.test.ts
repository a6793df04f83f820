import { readFileSync } from 'node:fs'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import pg from 'pg'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { prepareDatabase } from '../../src/adapters/prepare-database-node.ts'
import { finishMigrating, migrate, migrationState } from '../../src/database/migrate.ts'
import { connectPglite } from '../../src/database/pglite.ts'
import { connectPostgres } from '../../src/database/tcp/postgres.ts'
import { PASSWORD } from '../support/app.ts'
import { createDatabase } from '../support/app-postgres.ts'
import { expectJourney } from '../support/journey.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { ROLES } from '../support/postgres-server.ts'

type Statement = { text: string; params: string[] }

const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8')
/** A database of 0.1.0 with three people who are logged in. */
const DUMP = fixture('0.1.0.sql')
/** What 0.1.0 sends to it. */
const FORMER: Record<'me' | 'logIn' | 'signUp' | 'ready', Statement> = JSON.parse(
  fixture('0.1.0-statements.json'),
)
const USERS = 10_000

let database: Awaited<ReturnType<typeof createDatabase>>
const undo: (() => unknown)[] = []
beforeEach(async () => {
  database = await createDatabase()
  undo.push(database.drop)
  await database.sql.unsafe(
    'drop table public.users, public.sessions; drop schema drizzle cascade; drop schema edge_auth cascade',
  )
  await database.sql.unsafe(DUMP)
})
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

function connect() {
  const connection = connectPostgres(database.adminUrl)
  undo.push(connection.close)
  return connection
}

async function start(env: Record<string, string>): Promise<NodeProcess> {
  const service = await startNode(env)
  undo.push(service.kill)
  return service
}

/** A client of 0.1.0, which names its statements, in a role that may change rows only. */
async function formerClient() {
  const client = new pg.Client({ connectionString: database.runtimeUrl })
  await client.connect()
  undo.push(() => client.end())
  return (name: keyof typeof FORMER, values: Record<string, unknown> = {}) => {
    const { text, params } = FORMER[name]
    return client.query({ name, text, values: params.map((param) => values[param]) })
  }
}

const grantAsBefore = () =>
  database.sql.unsafe(`grant select, insert, update, delete on all tables in schema public to ${ROLES.runtime};
    grant usage on schema drizzle to ${ROLES.runtime}; grant select on drizzle.__drizzle_migrations to ${ROLES.runtime}`)

const addMany = () =>
  database.sql.unsafe(`
    insert into public.users (id, username, username_key, email, email_key)
      select gen_random_uuid(), 'u' || n, 'u' || n, 'u' || n || '@example.org', 'u' || n || '@example.org'
      from generate_series(1, ${USERS}) as n;
    insert into public.credentials (user_id, password_hash) select id, '$none' from public.users where username ~ '^u[0-9]'`)

it('waits for db:migrate, says so, and then everybody is there', async () => {
  const service = await start({ DATABASE_URL: database.adminUrl })
  expect(service.output()).toContain('Run: npm run db:migrate')
  expect((await (await service.get('/health/ready')).json()).detail).toMatch(
    /all tables.*db:migrate/,
  )
  expect(await migrate(connect().executor)).toBe(1)
  const login = await service.post('/auth/login', {
    username_or_email: 'grace',
    password: PASSWORD,
  })
  expect(login.status).toBe(200)
  await expectJourney(service)
  expect(await migrate(connect().executor)).toBe(0)
})

it(`moves ${USERS} users while 0.1.0 reads and writes on, and ends that when it is told to`, async () => {
  await addMany()
  await grantAsBefore()
  const ask = await formerClient()
  const [session] = await database.sql<{ id: string; user_id: string }[]>`
    select id, user_id from public.sessions limit 1`
  await database.sql`update public.sessions set idle_expires_at = now() + interval '1 hour'`
  const me = { sessionId: session?.id, userId: session?.user_id }
  let isMoved = false
  let reads = 0
  let readsAfter = 0
  const readOn = async () => {
    for (; readsAfter < 20; reads++) {
      expect((await ask('me', me)).rows).toMatchObject([{ id: session?.user_id }])
      expect((await ask('ready')).rows[0].coalesce).toBe('1795669257065')
      if (isMoved) readsAfter++
    }
  }
  const { executor } = connect()
  const move = async () => {
    await expect.poll(() => reads).toBeGreaterThan(20)
    await migrate(executor)
    isMoved = true
  }
  await Promise.all([readOn(), move()])
  const id = crypto.randomUUID()
  const person = {
    id,
    username: 'late',
    usernameKey: 'late',
    email: 'l@example.org',
    emailKey: 'l@example.org',
  }
  await ask('signUp', { ...person, passwordHash: '$none' })
  const [{ count }] = await database.sql<[{ count: number }]>`
    select count(*)::int as count from edge_auth.users join edge_auth.credentials on user_id = id`
  expect(count).toBe(USERS + 4)

  await finishMigrating(executor)
  const left = await database.sql`
    select nspname, relname from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where nspname in ('public', 'drizzle')`
  expect(left).toEqual([])
  await expect(ask('me', me)).rejects.toMatchObject({ code: '42P01' })
  expect(await database.sql`select 1 from pg_namespace where nspname = 'drizzle'`).toEqual([])
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

it('moves one that stopped before its last migration, by two starters at once', async () => {
  await database.sql.unsafe(
    `
    delete from drizzle.__drizzle_migrations where id = 2;
    drop index sessions_purge_on; create index sessions_purge_on on public.sessions (purge_on)`.replace(
      'drop index ',
      'drop index public.',
    ),
  )
  await Promise.all([migrate(connect().executor), migrate(connect().executor)])
  const [{ applied, users }] = await database.sql<[{ applied: number; users: number }]>`
    select (select count(*)::int from edge_auth.edge_auth_migrations) as applied, count(*)::int as users from edge_auth.users`
  expect([applied, users]).toEqual([3, 3])
})

it('stays where it is where DATABASE_SCHEMA names that schema', async () => {
  const connection = connectPostgres(database.adminUrl, { schema: 'public' })
  undo.push(connection.close)
  expect(await migrationState(connection.executor)).toBe('behind')
  await migrate(connection.executor)
  await finishMigrating(connection.executor)
  await expectJourney(await start({ DATABASE_URL: database.adminUrl, DATABASE_SCHEMA: 'public' }))
  expect(
    await database.sql`select 1 from pg_class where relkind = 'v' and relname = 'users'`,
  ).toEqual([])
})

it('is moved at the start, and at once, where it is embedded', async () => {
  const connection = await connectPglite()
  undo.push(connection.close)
  const script = DUMP.split(/;\n/).map((text) => text.trim())
  await connection.executor.atomically(
    script.filter((text) => text !== '' && !text.startsWith('SET ')),
  )
  await connection.executor.column('set search_path to default')
  await prepareDatabase(connection, { isEmbedded: true, say: () => {} })
  const { column } = connection.executor
  expect(await column('select username from edge_auth.users order by 1')).toEqual([
    ...['ada', 'grace', 'linus'],
  ])
  expect(
    await column("select relname from pg_class where relname in ('users', '__drizzle_migrations')"),
  ).toEqual(['users'])
})

it('the fixture is of migrations that this version has', () => {
  const hashes = readMigrationFiles({ migrationsFolder: 'drizzle' }).map(({ hash }) => hash)
  const found = [...DUMP.matchAll(/__drizzle_migrations VALUES \(\d+, '(\w+)'/g)].map(
    ([, hash]) => hash,
  )
  expect(found).toEqual(hashes.slice(0, 2))
})
