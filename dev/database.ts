import { randomBytes } from 'node:crypto'
import { openEmbedded } from '../src/database/embedded/open.ts'
import { readAddress } from '../src/database/tcp/address.ts'
import { type Backend, type Credentials, checkCredentials } from './neon/backend.ts'
import { startNeonEndpoint } from './neon/endpoint.ts'
import { pgliteBackend } from './neon/pglite-backend.ts'
import { postgresBackend } from './neon/postgres-backend.ts'

export type LocalDatabase = {
  /** The variables with which the Worker reaches the database through the endpoint. */
  variables: { DATABASE_URL: string; NEON_HTTP_ENDPOINT: string }
  /** Where the data is, for people. */
  place: string
  /** Resolves when the database can be queried. The endpoint lets requests wait until then. */
  opened: Promise<void>
  close(): Promise<void>
}

type Source = { backend: Backend; close(): Promise<void> }

/** Makes a new password for every run, because any web page can reach a loopback port. */
function ownCredentials(): Credentials {
  return { user: 'edge', password: randomBytes(24).toString('hex'), database: 'edge' }
}

async function embeddedSource(
  folder: string,
  own: Credentials,
  onLost: ((reason: Error) => void) | undefined,
): Promise<Source> {
  const embedded = await openEmbedded({
    folder,
    onStopped: ({ message }) => console.error(`The database stopped: ${message}`),
    ...(onLost && { onLost }),
  })
  return { backend: pgliteBackend(embedded, own), close: () => embedded.close() }
}

/** The real server's password stays in this process. The Worker gets the password of the run. */
async function serverSource(url: string, own: Credentials): Promise<Source> {
  const { client, description } = readAddress(url)
  const { user = '', password, database = '' } = client
  const inner = postgresBackend(url)
  const real = { user, password: String(password ?? ''), database }
  const backend: Backend = {
    async use(who, hangUp, task) {
      checkCredentials(who, own)
      return inner.use(real, hangUp, task)
    },
    close: () => inner.close(),
  }
  const never = new AbortController().signal
  await inner
    .use(real, never, (run) => run('SELECT 1', [], 1))
    .catch(async (error: Error) => {
      await inner.close()
      throw new Error(`Cannot use the database (${description}): ${error.message}`)
    })
  return { backend, close: () => Promise.resolve() }
}

/** Starts a Neon endpoint for the embedded database or the given server. The database opens in the background. */
export async function startDatabase(options: {
  folder: string
  server: string | undefined
  /** Called when the embedded database has stopped and does not start again. */
  onLost?: (reason: Error) => void
}): Promise<LocalDatabase> {
  const { folder, server, onLost } = options
  const own = ownCredentials()
  const source = server ? serverSource(server, own) : embeddedSource(folder, own, onLost)
  source.catch(() => undefined)
  const endpoint = await startNeonEndpoint({
    backend: {
      use: async (who, hangUp, task) => (await source).backend.use(who, hangUp, task),
      close: async () => (await source.catch(() => undefined))?.backend.close(),
    },
  })
  return {
    variables: {
      DATABASE_URL: `postgres://${own.user}:${own.password}@localhost/${own.database}`,
      NEON_HTTP_ENDPOINT: endpoint.url,
    },
    place: server ? readAddress(server).description : `${folder} (embedded Postgres)`,
    opened: source.then(() => undefined),
    async close() {
      await endpoint.close()
      await (await source.catch(() => undefined))?.close()
    },
  }
}
