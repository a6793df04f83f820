import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export type ProxyMode = 'pass' | 'hang' | 'refuse'

/** A TCP proxy that can swallow everything, hang up, and heal again. */
export async function startTcpProxy(target: { host: string; port: number }) {
  let mode: ProxyMode = 'pass'
  let swallowed = 0
  let accepted = 0
  const pairs = new Set<[Socket, Socket]>()
  const server = createServer((client) => {
    accepted++
    client.on('error', () => {})
    if (mode === 'refuse') {
      client.destroy()
      return
    }
    const upstream = connect(target)
    upstream.on('error', () => client.destroy())
    const pair: [Socket, Socket] = [client, upstream]
    pairs.add(pair)
    const link = (from: Socket, to: Socket) => {
      from.on('data', (chunk) => {
        if (mode === 'pass') to.write(chunk)
        else swallowed += chunk.length
      })
      from.on('close', () => {
        pairs.delete(pair)
        to.destroy()
      })
    }
    link(client, upstream)
    link(upstream, client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    set: (next: ProxyMode) => {
      mode = next
    },
    /** How many connections were made to it. */
    accepted: () => accepted,
    /** How many bytes were passed on to nobody. */
    swallowed: () => swallowed,
    /** Breaks every connection there is, without a goodbye. */
    reset: () => {
      for (const [client, upstream] of pairs) {
        client.resetAndDestroy()
        upstream.destroy()
      }
    },
    close: () => {
      server.close()
      for (const sockets of pairs) for (const socket of sockets) socket.destroy()
    },
  }
}
