import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import pg from 'pg'
import { beforeEach, expect, it } from 'vitest'
import { prepareDatabase } from '../../src/adapters/prepare-database-node.ts'
import { finishMigrating, migrate, migrationState } from '../../src/database/migrate.ts'
import { connectPglite } from '../../src/database/pglite.ts'
import { grants } from '../../src/database/schema/grants.ts'
import { connectPostgres } from '../../src/database/tcp/postgres.ts'
import { PASSWORD } from '../support/app.ts'
import { createDatabase } from '../support/app-postgres.ts'
import { expectJourney } from '../support/journey.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { ROLES } from '../support/postgres-server.ts'
import { undoAfterEach } from '../support/undo.ts'

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
const TABLES = ['users', 'credentials', 'sessions']

let database: Awaited<ReturnType<typeof createDatabase>>
const undo = undoAfterEach()

async function formerDatabase() {
  const created = await createDatabase()
  undo.push(created.drop)
  await created.sql.unsafe(
    'drop table public.users, public.sessions; drop schema drizzle cascade; drop schema edge_auth cascade',
  )
  await created.sql.unsafe(DUMP)
  return created
}

beforeEach(async () => {
  database = await formerDatabase()
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

async function connectAs(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  undo.push(() => client.end())
  return client
}

/** A client of 0.1.0, which names its statements. */
async function formerClient(url = database.runtimeUrl) {
  const client = await connectAs(url)
  return (name: keyof typeof FORMER, values: Record<string, unknown> = {}) => {
    const { text, params } = FORMER[name]
    return client.query({ name, text, values: params.map((param) => values[param]) })
  }
}

const somebody = (id: string, name = 'late') => ({
  ...{ id, username: name, usernameKey: name },
  ...{ email: `${name}@example.org`, emailKey: `${name}@example.org` },
})

const logInOf = (userId: string) => ({
  ...{ userId, sessionId: crypto.randomUUID(), epoch: 0, maxOthers: 49 },
  ...{ idleSeconds: 3600, lifetimeSeconds: 7200, issuedAt: new Date().toISOString() },
  ...{ ip: '192.0.2.1', userAgent: 'a test' },
})

const runMigrate = (url: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, ['tools/migrate.ts', ...args], {
    env: { PATH: process.env.PATH, DATABASE_URL: url },
  })

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
  expect((await migrate(connect().executor)).applied).toBe(1)
  const login = await service.post('/auth/login', {
    username_or_email: 'grace',
    password: PASSWORD,
  })
  expect(login.status).toBe(200)
  await expectJourney(service)
  expect((await migrate(connect().executor)).applied).toBe(0)
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
  let asked = 0
  /** Goes on until the tables have been moved, and then for a while. */
  const meanwhile = async (work: (at: number) => Promise<void>) => {
    for (let after = 0; after < 20; asked++) {
      await work(asked)
      if (isMoved) after++
    }
  }
  const reading = async (client: typeof ask) => {
    await meanwhile(async () => {
      expect((await client('me', me)).rows).toMatchObject([{ id: session?.user_id }])
      expect((await client('ready')).rows[0].coalesce).toBe('1795669257065')
    })
  }
  let written = 0
  const writing = async (client: typeof ask) => {
    await meanwhile(async (at) => {
      const user = somebody(crypto.randomUUID(), `late${at}`)
      await client('signUp', { ...user, passwordHash: '$none' })
      const { rows } = await client('logIn', logInOf(user.id))
      expect(rows).toMatchObject([{ id: expect.any(String) }])
      written++
    })
  }
  const { executor } = connect()
  const move = async () => {
    await expect.poll(() => asked).toBeGreaterThan(20)
    await migrate(executor)
    isMoved = true
  }
  await Promise.all([
    reading(ask),
    reading(await formerClient()),
    writing(await formerClient()),
    move(),
  ])
  const [{ count }] = await database.sql<[{ count: number }]>`
    select count(*)::int as count from edge_auth.users join edge_auth.credentials on user_id = id`
  expect(count).toBe(USERS + 3 + written)

  await finishMigrating(executor)
  const left = await database.sql`
    select nspname, relname from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = 'public'`
  expect(left).toEqual([])
  expect(await database.sql`select 1 from drizzle.__drizzle_migrations`).toEqual([])
  await expect(ask('me', me)).rejects.toMatchObject({ code: '42P01' })
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
  await database.sql.unsafe(`delete from drizzle.__drizzle_migrations where id = 2;
    drop index public.sessions_purge_on; create index sessions_purge_on on public.sessions (purge_on)`)
  const both = await Promise.all([migrate(connect().executor), migrate(connect().executor)])
  expect(both.map(({ applied }) => applied).sort()).toEqual([0, 2])
  const [{ applied, users }] = await database.sql<[{ applied: number; users: number }]>`
    select (select count(*)::int from edge_auth.edge_auth_migrations) as applied, count(*)::int as users from edge_auth.users`
  expect([applied, users]).toEqual([3, 3])
})

it('goes on for a 0.1.0 of its own role, where somebody else moves its tables', async () => {
  await database.sql.unsafe(`grant all on schema public to ${ROLES.owner};
    ${TABLES.map((table) => `alter table public.${table} owner to ${ROLES.owner};`).join('')}`)
  await migrate(connect().executor)
  const ask = await formerClient(database.url)
  const id = crypto.randomUUID()
  await ask('signUp', { ...somebody(id), passwordHash: '$none' })
  expect(await database.sql`select username from edge_auth.users where id = ${id}`).toHaveLength(1)
})

it('gives the role that serves what was granted for the schema before there were tables in it', async () => {
  await database.sql.unsafe(grants({ ...ROLES, owner: 'postgres', schema: 'edge_auth' }))
  await migrate(connect().executor)
  await expectJourney(await start({ DATABASE_URL: database.runtimeUrl }))
})

it('widens nobody’s rights: not by what is granted on new tables there, nor past row-level security', async () => {
  const count =
    "select count(*)::int as count from information_schema.tables where table_schema = 'public'"
  await database.sql.unsafe(
    `alter default privileges in schema public grant all on tables to ${ROLES.runtime}`,
  )
  await migrate(connect().executor)
  const client = await connectAs(database.runtimeUrl)
  await expect(client.query('select * from public.credentials')).rejects.toMatchObject({
    code: '42501',
  })
  expect(await database.sql.unsafe(count)).toEqual([{ count: 3 }])

  const other = await formerDatabase()
  await other.sql.unsafe('alter table public.users enable row level security')
  const { executor, close } = connectPostgres(other.adminUrl)
  undo.push(close)
  expect((await migrate(executor)).former).toMatchObject({ home: 'public', goesOn: false })
  expect(await other.sql.unsafe(count)).toEqual([{ count: 0 }])
  expect(await finishMigrating(executor)).toBe(true)
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
  const stranger = await connectAs(database.runtimeUrl)
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
  const other = await connectAs(empty.runtimeUrl)
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
  await late.sql.unsafe('drop table public.users, public.sessions; drop schema drizzle cascade')
  await late.sql.unsafe(DUMP)
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

it('stays where it is where DATABASE_SCHEMA names that schema', async () => {
  const connection = connectPostgres(database.adminUrl, { schema: 'public' })
  undo.push(connection.close)
  expect(await migrationState(connection.executor)).toBe('behind')
  await migrate(connection.executor)
  expect(await finishMigrating(connection.executor)).toBe(true)
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
  expect(await column("select relname from pg_class where relname in ('users')")).toEqual(['users'])
})

it('the fixture is of migrations that this version has', () => {
  const hashes = readMigrationFiles({ migrationsFolder: 'drizzle' }).map(({ hash }) => hash)
  const found = [...DUMP.matchAll(/__drizzle_migrations VALUES \(\d+, '(\w+)'/g)].map(
    ([, hash]) => hash,
  )
  expect(found).toEqual(hashes.slice(0, 2))
})
