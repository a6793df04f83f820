import { once } from 'node:events'
import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { selfSigned } from '../support/certificate.ts'
import { startNode } from '../support/node-process.ts'
import { createPostgresServer } from '../support/postgres-server.ts'
import { sqlClient } from '../support/sql.ts'

/** Names of no real site, which the browser finds on this machine. */
export const RESOLVE = '--host-resolver-rules=MAP *.test 127.0.0.1'
const AUTH = 'auth.example.test'

/** A request as it reached the service. */
export type Arrived = {
  method: string
  path: string
  origin: string | undefined
  hasCookie: boolean
  status: number
}

export type CsrfStage = Awaited<ReturnType<typeof startCsrfStage>>

/**
 * The service behind a proxy that ends TLS, an app of COOKIE_ORIGINS beside it, and pages of others: of another site, of a
 * sibling of the service's host, and of its host on another port. All of them are by https.
 */
export async function startCsrfStage() {
  await using undo = new AsyncDisposableStack()
  const postgres = await createPostgresServer()
  undo.defer(postgres.remove)
  undo.defer(() => postgres.server.stop())
  const sql = sqlClient(postgres.url)
  undo.defer(() => sql.end())

  const arrived: Arrived[] = []
  let target = 0
  const [port, otherPort] = [
    await serve(undo, (incoming, answer) => {
      if (incoming.headers.host?.startsWith(AUTH)) forward(target, incoming, answer, arrived)
      else blank(answer)
    }),
    await serve(undo, (_, answer) => blank(answer)),
  ]
  const at = (host: string, on = port) => `https://${host}:${on}`
  const [auth, app] = [at(AUTH), at('app.example.test')]
  const service = await startNode({
    ...{ DATABASE_URL: postgres.url, PUBLIC_URL: auth, TRUSTED_PROXY_COUNT: '1' },
    ...{ CORS_ORIGINS: app, COOKIE_ORIGINS: app },
    ...{ MAIL_PROVIDER: 'none', LOGIN_CODES: 'false' },
  })
  undo.defer(service.kill)
  target = service.port

  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page/hostile.ts', import.meta.url))],
    bundle: true,
    format: 'iife',
    write: false,
  })

  const running = undo.move()
  return {
    /** What hostile pages do, for every page and frame, be it sandboxed. */
    script: outputFiles[0]?.text ?? '',
    ...{ auth, app, arrived, service },
    hostile: {
      'of another site': at('evil.test'),
      'of a sibling subdomain': at('evil.example.test'),
      'of another port': at(AUTH, otherPort),
    },
    /** What is in every table of the service, in one text. */
    rows: async (): Promise<string> => {
      const tables = await sql<{ name: string }[]>`select tablename as name from pg_tables
        where schemaname = 'edge_auth' order by tablename`
      const kept = []
      for (const { name } of tables) {
        kept.push(
          name,
          await sql.unsafe(`select to_jsonb(it)::text as row from edge_auth.${name} it order by 1`),
        )
      }
      return JSON.stringify(kept, null, 1)
    },
    stop: () => running.disposeAsync(),
  }
}

type Handler = (incoming: IncomingMessage, answer: ServerResponse) => void

async function serve(undo: AsyncDisposableStack, handler: Handler): Promise<number> {
  const server = createServer(selfSigned(), handler)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  undo.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

function blank(answer: ServerResponse): void {
  answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
  answer.end('<!doctype html><title>A page</title><link rel="icon" href="data:,">')
}

function forward(port: number, from: IncomingMessage, to: ServerResponse, arrived: Arrived[]) {
  const { method = '', url = '', headers } = from
  const { origin } = headers
  const hasCookie = headers.cookie?.includes('ea_session=') ?? false
  const sent = request(
    {
      host: '127.0.0.1',
      port,
      method,
      path: url,
      headers: { ...headers, 'x-forwarded-for': '192.0.2.9' },
    },
    (got) => {
      const status = got.statusCode ?? 0
      arrived.push({ method, path: url, origin, hasCookie, status })
      to.writeHead(status, got.headers)
      got.pipe(to)
    },
  )
  sent.on('error', () => to.destroy())
  from.pipe(sent)
}
