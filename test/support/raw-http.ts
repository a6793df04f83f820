import { connect } from 'node:net'

/** Writes bytes to a port and gives whatever comes back until the other side hangs up, or the time is over. */
export function sendRaw(port: number, bytes: string, milliseconds = 2_000): Promise<string> {
  return new Promise((resolve) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'))
    socket.setTimeout(milliseconds, () => socket.destroy())
    socket.on('data', (chunk) => {
      received += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(received))
  })
}

/** The status of the first answer; 0 where there was none. */
export function statusOf(received: string): number {
  return Number(/^HTTP\/1\.[01] (\d{3})/.exec(received)?.[1] ?? 0)
}
