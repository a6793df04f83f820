import { inject } from 'vitest'
import { startNeonEndpoint } from '../../dev/neon/endpoint.ts'
import { postgresBackend } from '../../dev/neon/postgres-backend.ts'
import { loadArgon2 } from '../../src/adapters/argon2-node.ts'
import { createPasswords } from '../../src/core/passwords/passwords.ts'
import type { Connection, ConnectOptions } from '../../src/database/index.ts'
import { migrate } from '../../src/database/migrate.ts'
import { connectNeon } from '../../src/database/neon.ts'
import { grants } from '../../src/database/schema/grants.ts'
import { connectPostgres } from '../../src/database/tcp/postgres.ts'
import { OWN_SCHEMA } from '../../src/models/schema.ts'
import { assembleTestApp, CHEAP, QUEUE, type TestOptions } from './app.ts'
import { commonPasswords } from './app-node.ts'
import { silent } from './logger.ts'
import { ROLES } from './postgres-server.ts'
import { type SqlClient, sqlClient } from './sql.ts'

/** The two ways to a real Postgres: Node's, and that of Workers with their driver. */
export const WAYS = ['tcp', 'neon'] as const
export type Way = (typeof WAYS)[number]

/** What another application has in the same database: tables of the same names, and a journal that is ahead of ours. */
const NEIGHBOUR = `
  create table public.users (id serial primary key, name text);
  create table public.sessions (id text primary key, data bytea);
  create schema drizzle;
  create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint);
  insert into drizzle.__drizzle_migrations (hash, created_at) values ('theirs', 4000000000000)`

/**
 * A database on the real server, which the service shares with another application, and a client to look into it with.
 * `url` is that of the role that migrates, `runtimeUrl` that of the role that serves.
 */
export async function createDatabase() {
  const server = new URL(inject('postgresUrl'))
  const admin = sqlClient(server.href)
  const name = `edge_${crypto.randomUUID().replaceAll('-', '')}`
  await admin.unsafe(`create database ${name}`)
  const as = (role?: string) =>
    Object.assign(new URL(server), {
      pathname: `/${name}`,
      ...(role && { username: role, password: role }),
    }).href
  const sql = sqlClient(as(), 4)
  await sql.unsafe(NEIGHBOUR)
  await sql.unsafe(grants({ ...ROLES, schema: OWN_SCHEMA }))
  const drop = async () => {
    await sql.end()
    await admin.unsafe(`drop database ${name} with (force)`)
    await admin.end()
  }
  return {
    ...{ name, sql, admin, drop },
    url: as(ROLES.owner),
    runtimeUrl: as(ROLES.runtime),
    adminUrl: as(),
  }
}

/** The database by either way; one endpoint a process, for the Neon driver keeps its address globally. */
export async function connectDatabase(
  way: Way,
  url: string,
  options: ConnectOptions = {},
): Promise<Connection> {
  if (way === 'tcp') return connectPostgres(url, options)
  const endpoint = await startNeonEndpoint({ backend: postgresBackend(url) })
  return { ...connectNeon(url, { endpoint: endpoint.url, ...options }), close: endpoint.close }
}

export type PostgresTestOptions = TestOptions & {
  way?: Way
  connect?: ConnectOptions
  /** Another way to the same database, such as through a pooler. */
  through?: (url: string) => string
  /** What is done to the database before anybody connects to it. */
  prepare?: (database: string, admin: SqlClient) => Promise<unknown>
}

/** The app on Node over a migrated database of its own on a real Postgres, where statements do run side by side. */
export async function createPostgresTestApp({
  way = 'tcp',
  connect = {},
  through = (url) => url,
  prepare = async () => {},
  ...options
}: PostgresTestOptions = {}) {
  const { url, runtimeUrl, name, sql, admin, drop } = await createDatabase()
  await prepare(name, admin)
  let statements = 0
  const counting = { onStatement: () => statements++, ...connect }
  const owner = connectPostgres(url)
  await migrate(owner.executor)
  await owner.close()
  const connection = await connectDatabase(way, through(runtimeUrl), counting)
  const passwords = createPasswords(await loadArgon2(silent), QUEUE, CHEAP)
  const ports = { connection, passwords, commonPasswords, statements: () => statements }
  const t = await assembleTestApp(ports, options)
  return {
    ...t,
    url: runtimeUrl,
    database: name,
    db: connection.db,
    /** A client beside the app's, to look and to interfere. */
    sql,
    close: async () => {
      await connection.close()
      await drop()
    },
  }
}

export type PostgresTestApp = Awaited<ReturnType<typeof createPostgresTestApp>>

/** How many statements of the service wait for a lock. */
export async function waitingFor({ sql, database }: PostgresTestApp): Promise<number> {
  const [row] = await sql<[{ count: number }]>`select count(*)::int as count from pg_stat_activity
    where datname = ${database} and wait_event_type = 'Lock'`
  return row.count
}

/** Starts all at once, and gives the statuses sorted. */
export async function statuses(requests: Promise<Response>[]): Promise<number[]> {
  return (await Promise.all(requests)).map(({ status }) => status).sort()
}

export type SessionTokens = { access_token: string; refresh_token: string }

/** What refreshes that raced issued; any answer but 200 and 401 is a failure. */
export async function issued(answers: Response[]): Promise<SessionTokens[]> {
  const others = answers
    .map(({ status }) => status)
    .filter((status) => ![200, 401].includes(status))
  if (others.length > 0) throw new Error(`answered ${others.join(', ')}`)
  const given = answers.filter(({ status }) => status === 200)
  return Promise.all(given.map((answer) => answer.json() as Promise<SessionTokens>))
}

/** Runs `round` so many times, `width` of them side by side. */
export async function rounds(
  count: number,
  width: number,
  round: (at: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < count) await round(next++)
  }
  await Promise.all(Array.from({ length: width }, lane))
}
