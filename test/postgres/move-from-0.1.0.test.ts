import { readMigrationFiles } from 'drizzle-orm/migrator'
import { beforeEach, expect, it } from 'vitest'
import journal from '../../drizzle/meta/_journal.json' with { type: 'json' }
import { prepareDatabase } from '../../src/adapters/prepare-database-node.ts'
import { finishMigrating, migrate, migrationState } from '../../src/database/migrate.ts'
import { connectPglite } from '../../src/database/pglite.ts'
import { grants } from '../../src/database/schema/grants.ts'
import { connectPostgres } from '../../src/database/tcp/postgres.ts'
import { PASSWORD } from '../support/app.ts'
import { connectAs, DUMP, formerClient, formerDatabase } from '../support/former-installation.ts'
import { expectJourney } from '../support/journey.ts'
import { ROLES } from '../support/postgres-server.ts'
import { startFor, undoAfterEach } from '../support/undo.ts'

/** Migrations that are newer than 0.1.0. */
const LATER = journal.entries.length - 2

const USERS = 10_000
const TABLES = ['users', 'credentials', 'sessions']

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

const somebody = (id: string, name = 'late') => ({
  ...{ id, username: name, usernameKey: name },
  ...{ email: `${name}@example.org`, emailKey: `${name}@example.org` },
})

const logInOf = (userId: string) => ({
  ...{ userId, sessionId: crypto.randomUUID(), epoch: 0, maxOthers: 49 },
  ...{ idleSeconds: 3600, lifetimeSeconds: 7200, issuedAt: new Date().toISOString() },
  ...{ ip: '192.0.2.1', userAgent: 'a test' },
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
  const service = await startFor(undo, { DATABASE_URL: database.adminUrl })
  expect(service.output()).toContain('Run: npm run db:migrate')
  expect((await (await service.get('/health/ready')).json()).detail).toMatch(
    /all tables.*db:migrate/,
  )
  expect((await migrate(connect().executor)).applied).toBe(LATER)
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
  const ask = await formerClient(undo, database.runtimeUrl)
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
    reading(await formerClient(undo, database.runtimeUrl)),
    writing(await formerClient(undo, database.runtimeUrl)),
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

it('moves one that stopped before its last migration, by two starters at once', async () => {
  await database.sql.unsafe(`delete from drizzle.__drizzle_migrations where id = 2;
    drop index public.sessions_purge_on; create index sessions_purge_on on public.sessions (purge_on)`)
  const both = await Promise.all([migrate(connect().executor), migrate(connect().executor)])
  expect(both.map(({ applied }) => applied).sort()).toEqual([0, LATER + 1])
  const [{ applied, users }] = await database.sql<[{ applied: number; users: number }]>`
    select (select count(*)::int from edge_auth.edge_auth_migrations) as applied, count(*)::int as users from edge_auth.users`
  expect([applied, users]).toEqual([LATER + 2, 3])
})

it('goes on for a 0.1.0 of its own role, where somebody else moves its tables', async () => {
  await database.sql.unsafe(`grant all on schema public to ${ROLES.owner};
    ${TABLES.map((table) => `alter table public.${table} owner to ${ROLES.owner};`).join('')}`)
  await migrate(connect().executor)
  const ask = await formerClient(undo, database.url)
  const id = crypto.randomUUID()
  await ask('signUp', { ...somebody(id), passwordHash: '$none' })
  expect(await database.sql`select username from edge_auth.users where id = ${id}`).toHaveLength(1)
})

it('gives the role that serves what was granted for the schema before there were tables in it', async () => {
  await database.sql.unsafe(grants({ ...ROLES, owner: 'postgres', schema: 'edge_auth' }))
  await migrate(connect().executor)
  await expectJourney(await startFor(undo, { DATABASE_URL: database.runtimeUrl }))
})

it('widens nobody’s rights: not by what is granted on new tables there, nor past row-level security', async () => {
  const count =
    "select count(*)::int as count from information_schema.tables where table_schema = 'public'"
  await database.sql.unsafe(
    `alter default privileges in schema public grant all on tables to ${ROLES.runtime}`,
  )
  await migrate(connect().executor)
  const client = await connectAs(undo, database.runtimeUrl)
  await expect(client.query('select * from public.credentials')).rejects.toMatchObject({
    code: '42501',
  })
  expect(await database.sql.unsafe(count)).toEqual([{ count: 3 }])

  const other = await formerDatabase(undo)
  await other.sql.unsafe('alter table public.users enable row level security')
  const { executor, close } = connectPostgres(other.adminUrl)
  undo.push(close)
  expect((await migrate(executor)).former).toMatchObject({ home: 'public', canKeepRunning: false })
  expect(await other.sql.unsafe(count)).toEqual([{ count: 0 }])
  expect(await finishMigrating(executor)).toBe(true)
})

it('stays where it is where DATABASE_SCHEMA names that schema', async () => {
  const connection = connectPostgres(database.adminUrl, { schema: 'public' })
  undo.push(connection.close)
  expect(await migrationState(connection.executor)).toBe('behind')
  await migrate(connection.executor)
  expect(await finishMigrating(connection.executor)).toBe(true)
  await expectJourney(
    await startFor(undo, { DATABASE_URL: database.adminUrl, DATABASE_SCHEMA: 'public' }),
  )
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
