import type { Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import type { Connections } from './connection-cap-node.ts'
import { answerOn, closeGently } from './sockets-node.ts'

/** Connections that the system took, and Node has not yet, would be reset if the port were closed at once. */
const LISTEN_ON_MILLISECONDS = 500
/** Enough where nobody is connected, for only a balancer's latest choice can be on its way. */
const LISTEN_ON_IDLE_MILLISECONDS = 100
/** On a connection that is idle until then, no request is on its way. */
const IDLE_MILLISECONDS = 1_000
const SWEEP_MILLISECONDS = 100
/** Clients that are slower are cut off. Of a supervisor's patience, ten seconds, the rest is for the database. */
const DRAIN_MILLISECONDS = 7_000

/**
 * Resolves when all connections are closed, and the port with them. Those at work end with their answer, which has to
 * say so itself. Idle ones are closed after a grace, and all of them at the deadline.
 */
export async function drain(server: Server, connections: Connections): Promise<void> {
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  // The HTTP server's own `close` cuts idle connections off at once.
  const stopListening = () => NetServer.prototype.close.call(server, () => resolve())
  const isIdle = connections.all().next().done
  const timers = [
    setTimeout(
      // Node takes the connections that wait between a timer and an immediate.
      () => setImmediate(stopListening),
      isIdle ? LISTEN_ON_IDLE_MILLISECONDS : LISTEN_ON_MILLISECONDS,
    ),
    setTimeout(() => {
      const sweep = setInterval(() => {
        for (const socket of connections.all()) if (!answerOn(socket)) closeGently(socket)
      }, SWEEP_MILLISECONDS)
      timers.push(sweep)
    }, IDLE_MILLISECONDS - SWEEP_MILLISECONDS),
    setTimeout(() => {
      for (const socket of connections.all()) socket.destroy()
    }, DRAIN_MILLISECONDS),
  ]
  await closed
  for (const timer of timers) clearTimeout(timer)
}
