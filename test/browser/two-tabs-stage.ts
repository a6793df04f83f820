import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type LocalDatabase, startDatabase } from '../../dev/database.ts'
import { startWrangler } from '../../dev/wrangler.ts'
import { migrate } from '../../src/database/migrate.ts'
import { connectNeon } from '../../src/database/neon.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export type Stage = Awaited<ReturnType<typeof startStage>>

type Variables = Record<string, string>
/** Where the page and the service are. */
export type Places = { site: string; api: string }

/** A page on one origin and the Worker, in workerd over Neon's protocol and with these variables, on another. */
export function startStage(variables: Variables = {}) {
  return startStageWith(async () => variables)
}

/** The same, with variables that depend on where both are. */
export async function startStageWith(variablesOf: (places: Places) => Promise<Variables>) {
  await using undo = new AsyncDisposableStack()
  const { site, seen } = await servePage(undo)
  const folder = await mkdtemp(join(tmpdir(), 'edge-auth-tabs-'))
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const server = process.env.TEST_POSTGRES_URL
  const database = await startDatabase({ folder: join(folder, 'data'), server })
  undo.defer(() => database.close())

  const port = await freePort()
  const api = `http://localhost:${port}`
  const variables = await variablesOf({ site, api })
  const wrangler = startWrangler({
    root,
    port,
    variables: {
      ...database.variables,
      JWT_SECRET_KEY: randomBytes(48).toString('base64url'),
      CORS_ORIGINS: site,
      ...variables,
    },
    extra: ['--inspector-port', '0'],
  })
  undo.defer(() => wrangler.stop())
  await Promise.all([wrangler.ready, migrated(database)])

  const running = undo.move()
  return {
    site,
    api,
    /** What browsers asked the page's server for. */
    seen,
    /** Runs SQL in the Worker's database. */
    sql: (text: string) => {
      const { DATABASE_URL: url, NEON_HTTP_ENDPOINT: endpoint } = database.variables
      return connectNeon(url, { endpoint }).executor.column(text)
    },
    /** The Worker's log so far, a record a line. */
    log: () => records(wrangler.held()),
    stop: () => running.disposeAsync(),
  }
}

async function migrated({ opened, variables }: LocalDatabase): Promise<void> {
  await opened
  const endpoint = variables.NEON_HTTP_ENDPOINT
  await migrate(connectNeon(variables.DATABASE_URL, { endpoint }).executor)
}

type LogRecord = { event?: string; outcome?: string; route?: string; status?: number }

function records(output: string): LogRecord[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{"'))
    .map((line) => JSON.parse(line))
}

/** Serves the page at every path, and keeps what it is asked for. */
export async function servePage(undo: AsyncDisposableStack) {
  const seen: { url: string; referer: string | undefined }[] = []
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page/main.ts', import.meta.url))],
    bundle: true,
    format: 'esm',
    write: false,
  })
  const html = `<!doctype html><title>A tab</title><button onclick="page.click()">Go</button><script type="module">${outputFiles[0]?.text}</script>`
  const server = createServer(({ url = '', headers }, response) => {
    seen.push({ url, referer: headers.referer })
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html)
  })
  const port = await listen(server)
  undo.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  return { site: `http://localhost:${port}`, seen }
}

export async function freePort(): Promise<number> {
  const probe = createServer()
  const port = await listen(probe)
  probe.close()
  await once(probe, 'close')
  return port
}

async function listen(server: Server): Promise<number> {
  server.listen(0, 'localhost')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
