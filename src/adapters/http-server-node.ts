import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  STATUS_CODES,
} from 'node:http'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import type { ProblemCode } from '../errors.ts'
import { problemOutsideApp } from '../http/problem.ts'

/** Longer than the usual proxy's, so that this side never closes a connection just as a request arrives. */
const KEEP_ALIVE_MILLISECONDS = 75_000
/** A client that sends headers or a body of 16 KiB more slowly only blocks a connection. */
const HEADERS_MILLISECONDS = 10_000
const REQUEST_MILLISECONDS = 20_000
const CHECK_MILLISECONDS = 2_000

/** Codes for what Node's parser refuses. Everything else is malformed. */
const CODE_OF_ERROR: Record<string, ProblemCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'payload_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

const OPTIONS: ServerOptions = {
  keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
  headersTimeout: HEADERS_MILLISECONDS,
  requestTimeout: REQUEST_MILLISECONDS,
  connectionsCheckingInterval: CHECK_MILLISECONDS,
  // A request without a Host header is refused below, in the same words as one with a wrong header.
  requireHostHeader: false,
}

/**
 * Makes Node's HTTP server around the app. It answers slow and malformed requests itself, because they never become a
 * Request.
 */
export function createHttpServer(fetch: Parameters<typeof getRequestListener>[0]): Server {
  const listener = (autoCleanupIncoming: boolean) =>
    getRequestListener(fetch, { autoCleanupIncoming, errorHandler: answerError })
  // The listener waits a moment for the part of a body that is never read. Requests without a body need no such timers.
  const withBody = listener(true)
  const withNone = listener(false)
  const server = createServer(OPTIONS, (incoming, outgoing) =>
    (hasBody(incoming) ? withBody : withNone)(incoming, outgoing),
  )
  return server.on('clientError', refuse)
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

/** Answers on the bare socket and closes it. A broken connection is only destroyed. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable || isBeingAnswered(socket)) {
    socket.destroy()
    return
  }
  const code = CODE_OF_ERROR[error.code ?? ''] ?? 'malformed_request'
  const { status, body, headers } = problemOutsideApp(code)
  const lines = Object.entries({
    ...headers,
    connection: 'close',
    'content-length': Buffer.byteLength(body),
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
}

/** Node's own handler checks the same. Text written into a half-sent answer would be taken for a part of it. */
function isBeingAnswered(socket: Duplex & { _httpMessage?: { headersSent?: boolean } }): boolean {
  return socket._httpMessage?.headersSent === true
}
