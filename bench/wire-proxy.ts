import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export type Counts = { statements: number; roundTrips: number }
export type WireProxy = {
  /** The database's URL through the proxy. */
  url: string
  counts: () => Counts
  stop: () => void
}

const EXECUTE = 'E'.charCodeAt(0)
const SIMPLE_QUERY = 'Q'.charCodeAt(0)

/**
 * Starts a proxy between a program and Postgres that counts statements and round trips. Statements are simple queries
 * and executions. A round trip begins when the program sends again after an answer.
 */
export async function startWireProxy(databaseUrl: string): Promise<WireProxy> {
  const counts: Counts = { statements: 0, roundTrips: 0 }
  const upstream = new URL(databaseUrl)
  const sockets = new Set<Socket>()

  const server = createServer({ noDelay: true }, (client) => {
    const { hostname: host, port } = upstream
    const backend = connect({ host, port: Number(port || 5432), noDelay: true })
    const count = messageCounter((type) => {
      if (type === EXECUTE || type === SIMPLE_QUERY) counts.statements++
    })
    let isAnswered = true
    client.on('data', (chunk: Buffer) => {
      if (isAnswered) counts.roundTrips++
      isAnswered = false
      count(chunk)
    })
    backend.on('data', () => {
      isAnswered = true
    })
    for (const [from, to] of [
      [client, backend],
      [backend, client],
    ] as const) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  const address = server.address()
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  return {
    url: url.href,
    counts: () => ({ ...counts }),
    stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Splits a client's bytes into messages of a type and a length. The first messages have no type. */
function messageCounter(onMessage: (type: number) => void): (chunk: Buffer) => void {
  const SSL_REQUEST = 80_877_103
  let rest: Buffer = Buffer.alloc(0)
  let isStarted = false
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      const lengthAt = isStarted ? 1 : 0
      if (rest.length < lengthAt + 4) return
      const size = lengthAt + rest.readInt32BE(lengthAt)
      if (rest.length < size) return
      if (isStarted) onMessage(rest[0] ?? 0)
      else isStarted = rest.readInt32BE(4) !== SSL_REQUEST
      rest = rest.subarray(size)
    }
  }
}
