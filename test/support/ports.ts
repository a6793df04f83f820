import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the ports that systems give to outgoing connections, one of which might take it before it is used. */
const LOWEST = 12_000
const BEYOND = 32_768

/** Returns a port that nobody listens on, at the moment. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, BEYOND)
    const probe = createServer()
    const isFree = once(probe.listen(port, '127.0.0.1'), 'listening').then(
      () => true,
      () => false,
    )
    if (!(await isFree)) continue
    probe.close()
    await once(probe, 'close')
    return port
  }
}
