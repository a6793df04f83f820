import type { Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import type { Connections } from './connection-cap-node.ts'
import { answerOn, closeGently } from './sockets-node.ts'

/** Clients that are slower are cut off, before a supervisor's patience of ten seconds ends. */
const DRAIN_MILLISECONDS = 8_000
/** On a connection that is idle at first, a request may be on its way. */
const GRACE_MILLISECONDS = 500
const SWEEP_MILLISECONDS = 100

/**
 * Accepts no more connections, and resolves when all are closed. Those at work end with their answer, which has to say
 * so itself. Idle ones are closed after a grace, and all of them at the deadline.
 */
export async function drain(server: Server, connections: Connections): Promise<void> {
  // The HTTP server's own `close` cuts idle connections off at once.
  const closed = new Promise((resolve) => NetServer.prototype.close.call(server, resolve))
  const begun = performance.now()
  const sweep = setInterval(() => {
    if (performance.now() - begun < GRACE_MILLISECONDS) return
    for (const socket of connections.all()) if (!answerOn(socket)) closeGently(socket)
  }, SWEEP_MILLISECONDS)
  const deadline = setTimeout(() => {
    for (const socket of connections.all()) socket.destroy()
  }, DRAIN_MILLISECONDS)
  await closed
  clearInterval(sweep)
  clearTimeout(deadline)
}
