import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ProblemCode } from '../errors.ts'
import { problemOutsideApp } from '../http/problem.ts'

/** So long a closing connection is still read, so that no reset overtakes the answer on its way to the client. */
const LINGER_MILLISECONDS = 2_000

const closing = new WeakSet<Socket>()

/** The answer that Node is writing, or will write, to this socket. */
export function answerOn(socket: Socket): ServerResponse | undefined {
  return (socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined
}

/** How much of what was written to this socket its client has not made room for. It shrinks while the client reads. */
export function unsentBytes(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { _handle?: { writeQueueSize?: number } | null }
  return socket.writableLength + (handle?.writeQueueSize ?? 0)
}

/** More requests than any client sends ahead. Each that waits costs memory, even if nobody ever reads an answer. */
const MOST_WAITING = 16

const waiting = new WeakMap<Socket, number>()

/** Whether too many requests were sent ahead on this connection, of which this answer's is the latest. */
export function isTooFarAhead(socket: Socket, outgoing: ServerResponse): boolean {
  if (answerOn(socket) === outgoing) return false
  const count = (waiting.get(socket) ?? 0) + 1
  waiting.set(socket, count)
  outgoing.once('close', () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1))
  return count > MOST_WAITING
}

/**
 * Sends what was written and the end, reads on for a moment, then destroys the socket. A client that never closes its
 * side holds nothing for longer.
 */
export function closeGently(socket: Socket): void {
  if (closing.has(socket) || socket.destroyed) return
  closing.add(socket)
  const timer = setTimeout(() => socket.destroy(), LINGER_MILLISECONDS)
  socket.once('close', () => clearTimeout(timer))
  socket.end()
}

/**
 * Lets the connection end after this answer, because the request's body is still arriving: what follows could not be
 * told from the rest of it. The rest is read and thrown away.
 */
export function closeAfterAnswer(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { socket } = incoming
  outgoing.shouldKeepAlive = false
  // Node calls this when the answer is written. Its own would destroy the socket at once.
  socket.destroySoon = () => {
    incoming.removeAllListeners('data').resume()
    closeGently(socket)
  }
}

/** Answers with a problem what never gets to the app. */
export function answerProblem(outgoing: ServerResponse, code: ProblemCode): void {
  const { status, body, headers } = problemOutsideApp(code)
  outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
}

/** Codes for what Node's parser refuses. Everything else is malformed. */
const CODE_OF_ERROR: Record<string, ProblemCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'payload_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

/**
 * Answers on the bare socket and closes it. A connection that is broken, or on which nothing was ever sent, is only
 * destroyed.
 */
export function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  // The rest of what was refused is no more HTTP than its beginning.
  if (closing.has(socket)) return
  const isSilent = socket.bytesRead === 0
  // Text written into a half-sent answer would be taken for a part of it.
  const isHalfAnswered = answerOn(socket)?.headersSent === true
  if (error.code === 'ECONNRESET' || !socket.writable || isSilent || isHalfAnswered) {
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
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
  closeGently(socket)
}
