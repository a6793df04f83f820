import { Buffer } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Backend } from './backend.ts'
import { readBody, readPayload } from './body.ts'
import { ANY_ORIGIN, PREFLIGHT } from './cors.ts'
import { EndpointError, errorAnswer, ReportedError } from './errors.ts'
import { execute } from './execute.ts'
import { readCredentials, readOptions } from './request.ts'

export type NeonEndpoint = {
  /** The value for the driver's `fetchEndpoint`. */
  url: string
  close(): Promise<void>
}

type Answer = { status: number; body: string; headers?: Record<string, string> }

const LOOPBACK = ['127.0.0.1', '::1', 'localhost']

// Longer than any pooled client keeps a connection. Otherwise a client might write to one that was just closed.
const KEEP_ALIVE_MS = 75_000

async function answerSql(
  backend: Backend,
  request: IncomingMessage,
  hangUp: AbortSignal,
): Promise<Answer> {
  const bytes = await readBody(request)
  const who = readCredentials(request.headers)
  const options = readOptions(request.headers)
  const payload = readPayload(bytes)
  const body = await backend.use(who, hangUp, (run) => execute(run, payload, options))
  return { status: 200, body, headers: payload.batch ? options.echo : {} }
}

async function answerTo(
  backend: Backend,
  request: IncomingMessage,
  hangUp: AbortSignal,
): Promise<Answer> {
  const path = request.url?.split('?')[0]
  if (path === '/sql' && request.method === 'POST') return answerSql(backend, request, hangUp)
  request.resume()
  if (path === '/sql' && request.method === 'OPTIONS') {
    return { status: 200, body: '', headers: PREFLIGHT }
  }
  return { status: 400, body: '"query is not supported"' }
}

async function handle(backend: Backend, request: IncomingMessage, response: ServerResponse) {
  const hangUp = new AbortController()
  response.on('close', () => {
    if (!response.writableFinished) hangUp.abort()
  })
  const answer: Answer = await answerTo(backend, request, hangUp.signal).catch((error: unknown) => {
    const known = error instanceof EndpointError || error instanceof ReportedError
    if (!known && !hangUp.signal.aborted) console.error('Neon endpoint:', error)
    return errorAnswer(error)
  })
  if (hangUp.signal.aborted) return
  response
    .writeHead(answer.status, {
      ...(answer.body && { 'Content-Type': 'application/json' }),
      'Content-Length': Buffer.byteLength(answer.body),
      ...ANY_ORIGIN,
      'neon-request-id': randomUUID(),
      ...answer.headers,
    })
    .end(answer.body)
}

/**
 * Serves Neon's SQL-over-HTTP protocol on a loopback address, in front of the given database. A close also ends the
 * backend's own connections.
 */
export async function startNeonEndpoint(options: {
  backend: Backend
  /** A free port if 0 or absent. */
  port?: number
  host?: string
}): Promise<NeonEndpoint> {
  const { backend, port = 0, host = '127.0.0.1' } = options
  if (!LOOPBACK.includes(host)) {
    throw new Error(`The local Neon endpoint listens on loopback only, not on ${host}`)
  }
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    void handle(backend, request, response)
  })
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${name}:${address.port}/sql`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      await backend.close()
    },
  }
}
