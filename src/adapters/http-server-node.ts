import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  ServerResponse,
} from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { problemOutsideApp } from '../http/problem.ts'
import { INPUT_LIMITS } from '../utils/input-limits.ts'
import type { Logger } from '../utils/log.ts'
import { capConnections } from './connection-cap-node.ts'
import { drain } from './drain-node.ts'
import { settleHost } from './host-header-node.ts'
import { answerProblem, closeAfterAnswer, isTooFarAhead, refuse } from './sockets-node.ts'

/** Longer than the usual proxy's, so that this side never closes a connection just as a request arrives. */
const KEEP_ALIVE_MILLISECONDS = 75_000
/** A client that sends headers or a body of 16 KiB more slowly only blocks a connection. */
const HEADERS_MILLISECONDS = 10_000
const REQUEST_MILLISECONDS = 20_000
const CHECK_MILLISECONDS = 2_000

const OPTIONS: ServerOptions = {
  maxHeaderSize: INPUT_LIMITS.headerBytes,
  keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
  headersTimeout: HEADERS_MILLISECONDS,
  requestTimeout: REQUEST_MILLISECONDS,
  connectionsCheckingInterval: CHECK_MILLISECONDS,
  // A request without a Host header is refused below, in the same words as one with a wrong header.
  requireHostHeader: false,
}

export type HttpServer = {
  server: Server
  /** Answers what is on its way, stops listening, and resolves when all connections are closed. */
  drain: () => Promise<void>
}

/**
 * Makes Node's HTTP server around the app. It answers slow and malformed requests itself, because they never become a
 * Request.
 */
export function createHttpServer(
  fetch: Parameters<typeof getRequestListener>[0],
  logger: Logger,
): HttpServer {
  let isDraining = false

  /** Announces in the answer's head that the connection will close, where it will. */
  class Answer extends ServerResponse {
    override writeHead(status: number, ...rest: unknown[]): this {
      if (isDraining) this.shouldKeepAlive = false
      if (!this.req.complete && hasBody(this.req)) closeAfterAnswer(this.req, this)
      return super.writeHead(status, ...(rest as []))
    }
  }

  const listener = (autoCleanupIncoming: boolean) =>
    getRequestListener(fetch, { autoCleanupIncoming, errorHandler: answerError })
  // The listener waits a moment for the part of a body that is never read. Requests without a body need no such timers.
  const withBody = listener(true)
  const withNone = listener(false)

  const server = createServer({ ...OPTIONS, ServerResponse: Answer }, (incoming, outgoing) => {
    // The connection is closing, so that no answer could be sent.
    if (!incoming.socket.writable) return
    if (isTooFarAhead(incoming.socket, outgoing)) return void incoming.socket.destroy()
    if (connections.isReserve(incoming.socket)) {
      outgoing.shouldKeepAlive = false
      if (!incoming.url?.startsWith('/health')) return answerProblem(outgoing, 'overloaded')
    }
    if (!settleHost(incoming)) return answerProblem(outgoing, 'malformed_request')
    if (!hasBody(incoming)) return withNone(incoming, outgoing)
    // By then the parser has seen a body that came together with its headers. Only a longer one costs the connection.
    setImmediate(() => withBody(incoming, outgoing))
  })
  const connections = capConnections(server, logger)
  server.on('clientError', refuse)
  server.on('checkExpectation', (_, outgoing) => answerProblem(outgoing, 'expectation_failed'))

  return {
    server,
    drain() {
      isDraining = true
      return drain(server, connections)
    },
  }
}

/** A request has a body if it declares a length or a transfer coding (RFC 9112 section 6.3). */
function hasBody({ headers }: IncomingMessage): boolean {
  return 'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > 0
}

/** Answers an error before there is a Request, such as an invalid host, or after the app has failed. */
function answerError(error: unknown): Response {
  const isMalformed = error instanceof Error && error.name === 'RequestError'
  const { body, ...init } = problemOutsideApp(isMalformed ? 'malformed_request' : 'internal_error')
  return new Response(body, init)
}
