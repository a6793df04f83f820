import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { EmbeddedPostgres } from './embedded-postgres.ts'
import { freePort } from './ports.ts'
import { sqlClient } from './sql.ts'
import { provideTurnstile } from './turnstile-server.ts'

/** Who migrates the databases of tests, and who serves in them; each name is its password. */
export const ROLES = { owner: 'edge_auth_owner', runtime: 'edge_auth_runtime' }

declare module 'vitest' {
  export interface ProvidedContext {
    /** A real Postgres server: the URL of its maintenance database, with the right to create others. */
    postgresUrl: string
  }
}

/** Makes the two roles, of which the service is one; several suites may come to one server at once. */
async function makeRoles(url: string): Promise<void> {
  const sql = sqlClient(url)
  await sql.begin(async (alone) => {
    await alone`select pg_advisory_xact_lock(1)`
    for (const role of [ROLES.owner, ROLES.runtime]) {
      const found = await alone`select from pg_roles where rolname = ${role}`
      if (found.length === 0) await alone.unsafe(`create role ${role} login password '${role}'`)
    }
  })
  await sql.end()
}

/** Starts a real Postgres for races and faults, which one connection of PGlite would hide; TEST_POSTGRES_URL names another. */
export default async function setup(project: TestProject) {
  const closeTurnstile = await provideTurnstile(project)
  const given = process.env.TEST_POSTGRES_URL
  if (given) {
    await makeRoles(given)
    project.provide('postgresUrl', given)
    return closeTurnstile
  }
  const { url, server, remove } = await createPostgresServer()
  await makeRoles(url)
  project.provide('postgresUrl', url)
  return async () => {
    await closeTurnstile()
    await server.stop()
    await remove()
  }
}

/** A server of its own, started; tests that stop it start it again themselves. */
export async function createPostgresServer(flags: string[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'edge-auth-postgres-'))
  // Postgres refuses to run as root, so there it runs as a user of its own, who must be able to get here.
  const isRoot = process.getuid?.() === 0
  if (isRoot) await chmod(folder, 0o755)
  const port = await freePort()
  const data = join(folder, 'data')
  const said: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir: data,
    user: 'postgres',
    password: 'postgres',
    port,
    persistent: true,
    createPostgresUser: isRoot,
    // Nothing here must survive a power cut.
    postgresFlags: ['-c', 'fsync=off', ...flags],
    onLog: (line) => said.push(line),
    onError: (line) => said.push(String(line)),
  })
  await server.initialise()
  await server.start().catch(() => {
    throw new Error(`Postgres did not start:\n${said.join('')}`)
  })
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    data,
    server,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
