import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { onStopSignal } from '../../src/adapters/stop-signals-node.ts'
import { openEmbedded } from '../../src/database/embedded/open.ts'
import type { Backend } from './backend.ts'
import { startNeonEndpoint } from './endpoint.ts'
import { pgliteBackend } from './pglite-backend.ts'
import { postgresBackend } from './postgres-backend.ts'

const USAGE = `node dev/neon/cli.ts [--port N] [--folder DIR | --postgres postgres://…]
                     [--user NAME] [--password TEXT] [--database NAME]`

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4444' },
    folder: { type: 'string' },
    postgres: { type: 'string' },
    user: { type: 'string', default: 'edge' },
    password: { type: 'string', default: randomBytes(16).toString('hex') },
    database: { type: 'string', default: 'edge' },
    help: { type: 'boolean' },
  },
})

type Source = { backend: Backend; connectionString: string; close(): Promise<void> }

function overPostgres(connectionString: string): Source {
  return {
    backend: postgresBackend(connectionString),
    connectionString,
    close: () => Promise.resolve(),
  }
}

async function overPglite(): Promise<Source> {
  // Even a temporary database gets a folder. Without one a stuck query could not be stopped.
  const temporary = values.folder === undefined && mkdtempSync(join(tmpdir(), 'edge-auth-neon-'))
  const folder = values.folder ?? join(temporary || '', 'data')
  const embedded = await openEmbedded({ folder })
  const { user, password, database } = values
  const [name, secret, path] = [user, password, database].map(encodeURIComponent)
  return {
    backend: pgliteBackend(embedded, { user, password, database }),
    connectionString: `postgres://${name}:${secret}@localhost/${path}`,
    async close() {
      await embedded.close()
      if (temporary) rmSync(temporary, { recursive: true, force: true })
    },
  }
}

async function main(): Promise<void> {
  if (values.help) return console.log(USAGE)
  if (values.folder !== undefined && values.postgres !== undefined) {
    throw new Error(`Give either --folder or --postgres\n${USAGE}`)
  }
  const source = values.postgres ? overPostgres(values.postgres) : await overPglite()
  const endpoint = await startNeonEndpoint({
    backend: source.backend,
    port: Number(values.port),
  }).catch(async (error: Error) => {
    await source.close()
    throw error
  })
  onStopSignal(async () => {
    await endpoint.close()
    await source.close()
    process.exit(0)
  })
  console.log(`Neon endpoint ready at ${endpoint.url} for ${source.connectionString}`)
}

await main().catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})
