import { Buffer } from 'node:buffer'
import { connect } from 'node:net'

const CANCEL_REQUEST = 80877102

/** Asks Postgres to stop what a session is running; like Postgres itself it never answers. */
export function cancelRunning(
  server: { host: string; port: number },
  session: { processID: number; secretKey: number },
): void {
  const message = Buffer.alloc(16)
  message.writeInt32BE(16, 0)
  message.writeInt32BE(CANCEL_REQUEST, 4)
  message.writeInt32BE(session.processID, 8)
  message.writeInt32BE(session.secretKey, 12)
  const socket = connect(server.port, server.host, () => socket.end(message))
  // The query then simply runs to its end.
  socket.on('error', () => socket.destroy())
}
