import { once } from 'node:events'
import { connect } from 'node:net'

export type Answer = { status: number; body: string }
export type Connection = {
  /** Sends one request. The caller waits for its answer before the next. */
  send: (request: string, onAnswer: (answer: Answer) => void) => void
  close: () => void
}

/**
 * Opens a kept-alive connection on a bare socket, with at most one request in flight. The load must cost less than the
 * work.
 */
export async function openConnection(
  port: number,
  onFailure: (error: Error) => void,
): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  let received = ''
  let waiting: ((answer: Answer) => void) | undefined
  let isClosing = false

  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    received = received === '' ? chunk : received + chunk
    const answer = parse(received)
    if (!answer) return
    received = ''
    const settle = waiting
    waiting = undefined
    settle?.(answer)
  })
  socket.on('error', onFailure)
  socket.on('close', () => {
    if (!isClosing) onFailure(new Error('the server closed a connection'))
  })
  return {
    send(request, onAnswer) {
      waiting = onAnswer
      socket.write(request, 'latin1')
    },
    close() {
      isClosing = true
      socket.destroy()
    },
  }
}

/** A body, and the address of the client who sends it. */
export type Form = { body: object; from: string }

/** Builds the bytes of a request. */
export function requestOf(method: string, path: string, token: string, form?: Form): string {
  const text = form === undefined ? '' : JSON.stringify(form.body)
  const lines = [`${method} ${path} HTTP/1.1`, 'host: 127.0.0.1', 'user-agent: bench']
  if (token !== '') lines.push(`authorization: Bearer ${token}`)
  if (form !== undefined) {
    // As a proxy tells it on Node, and as Cloudflare tells it to a Worker.
    lines.push('content-type: application/json', `x-forwarded-for: ${form.from}`)
    lines.push(`cf-connecting-ip: ${form.from}`)
  }
  if (method === 'POST') lines.push(`content-length: ${text.length}`)
  return `${lines.join('\r\n')}\r\n\r\n${text}`
}

/** Returns the answer once it is complete. */
function parse(text: string): Answer | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const status = Number(text.slice(9, 12))
  const head = text.slice(0, end)
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? []
  if (length !== undefined) {
    const complete = text.length - end - 4 >= Number(length)
    return complete ? { status, body: text.slice(end + 4) } : undefined
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { status, body: '' }
  return text.endsWith('\r\n0\r\n\r\n')
    ? { status, body: unchunked(text.slice(end + 4)) }
    : undefined
}

function unchunked(text: string): string {
  let body = ''
  let at = 0
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at)
    const size = Number.parseInt(text.slice(at, lineEnd), 16)
    if (!(size > 0)) return body
    body += text.slice(lineEnd + 2, lineEnd + 2 + size)
    at = lineEnd + 2 + size + 2
  }
}
