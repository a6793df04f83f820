import { existsSync, readFileSync, rmSync } from 'node:fs'
import { chmod, mkdtemp } from 'node:fs/promises'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../../src/database/migrate.ts'
import { connectPostgres } from '../../src/database/tcp/postgres.ts'
import { EmbeddedPostgres } from '../../test/support/embedded-postgres.ts'
import { sqlClient } from '../../test/support/sql.ts'
import { freePort } from './ports.ts'

export type Server = {
  /** The maintenance database, from which others are created. */
  url: string
  stop: () => Promise<void>
}

const SETTINGS = ['fsync', 'synchronous_commit', 'shared_buffers', 'max_connections']

/** Starts a real Postgres in a temporary folder, or uses the one of BENCH_DATABASE_URL. */
export async function startPostgres({
  fsync = true,
  sharedBuffers = '128MB',
} = {}): Promise<Server> {
  const given = process.env.BENCH_DATABASE_URL
  if (given) return { url: given, stop: async () => {} }

  const folder = await mkdtemp(join(tmpdir(), 'edge-auth-bench-'))
  // If root starts the server, it runs as another user, who must reach its folder inside this one.
  await chmod(folder, 0o711)
  const data = join(folder, 'data')
  const remove = () => {
    endAtOnce(data)
    removeNow(folder)
  }
  process.on('exit', remove)
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: data,
    user: 'postgres',
    password: 'postgres',
    port,
    persistent: false,
    createPostgresUser: true,
    postgresFlags: [
      ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
      ...['-c', 'shared_preload_libraries=pg_stat_statements'],
      ...['-c', 'pg_stat_statements.track=none', '-c', 'max_wal_size=4GB'],
      ...['-c', `fsync=${fsync ? 'on' : 'off'}`, '-c', `shared_buffers=${sharedBuffers}`],
    ],
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  await server.start()
  const url = `postgres://postgres:postgres@127.0.0.1:${port}/postgres`
  return { url, stop: () => server.stop().then(remove) }
}

/** For an interrupted run. The server writes its process id into its folder, and removes it at its end. */
function endAtOnce(data: string): void {
  try {
    const [pid] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
    process.kill(Number(pid), 'SIGQUIT')
  } catch {
    // The server has ended already.
  }
}

/** Tries several times, because a server that is ending may still write. Nothing can be awaited at exit. */
function removeNow(folder: string): void {
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (let tries = 0; tries < 40 && existsSync(folder); tries++) {
    try {
      rmSync(folder, { recursive: true, force: true })
    } catch {
      Atomics.wait(pause, 0, 0, 25)
    }
  }
}

/** Creates an empty database with the service's tables and returns its URL. Replaces one of that name. */
export async function createDatabase(server: Server, name: string): Promise<string> {
  const sql = sqlClient(server.url)
  await sql.unsafe(`drop database if exists ${name} with (force)`)
  await sql.unsafe(`create database ${name}`)
  await sql.end()
  const url = new URL(server.url)
  url.pathname = `/${name}`
  const connection = connectPostgres(url.href)
  await migrate(connection.executor)
  await connection.close()
  return url.href
}

/** Drops a database, for a server that outlives the run. */
export async function dropDatabase(server: Server, name: string): Promise<void> {
  const sql = sqlClient(server.url)
  await sql.unsafe(`drop database if exists ${name} with (force)`)
  await sql.end()
}

/** Returns, in one line, what the figures depend on. */
export async function describeServer({ url }: Server): Promise<string> {
  const sql = sqlClient(url)
  const [row] = await sql<{ version: string }[]>`select current_setting('server_version') version`
  const settings = await sql<{ name: string; value: string }[]>`
    select name, current_setting(name) as value from pg_settings where name = any(${SETTINGS})`
  await sql.end()
  const told = settings.map(({ name, value }) => `${name} ${value}`).join(', ')
  const machine = `${availableParallelism()} cores, load ${(loadavg()[0] ?? 0).toFixed(1)} at the start`
  return `Postgres ${row?.version} (${told}), Node ${process.version}, ${machine}`
}
