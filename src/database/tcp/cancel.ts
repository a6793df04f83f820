import { Buffer } from 'node:buffer'
import { connect } from 'node:net'

const CANCEL_REQUEST = 80877102
const GIVE_UP_MILLISECONDS = 2_000

/** Where a server listens. A host that begins with a slash is the folder of its socket. */
export type ServerAddress = { host: string; port: number }

/** Asks Postgres to cancel the running statement of a session. Postgres never answers such a request. */
export function cancelRunning(
  { host, port }: ServerAddress,
  session: { processID: number; secretKey: number },
): void {
  const message = Buffer.alloc(16)
  message.writeInt32BE(16, 0)
  message.writeInt32BE(CANCEL_REQUEST, 4)
  message.writeInt32BE(session.processID, 8)
  message.writeInt32BE(session.secretKey, 12)
  const target = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port }
  const socket = connect(target, () => socket.end(message))
  // If the request fails, the query runs to its end.
  socket.on('error', () => socket.destroy())
  socket.setTimeout(GIVE_UP_MILLISECONDS, () => socket.destroy())
}
