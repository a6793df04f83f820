import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const START_WITHIN_MS = 20_000
const BETWEEN_TRIES_MS = 2

/** Returns a loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}

/** Waits for the first 200 of `/health`, or for another status of another path. */
export async function untilHealthy(
  port: number,
  isGone: () => boolean,
  { path = '/health', status = 200 } = {},
): Promise<void> {
  const deadline = performance.now() + START_WITHIN_MS
  while (performance.now() < deadline) {
    if (isGone()) throw new Error('the server ended while it started')
    const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.status === status) return
    await sleep(BETWEEN_TRIES_MS)
  }
  throw new Error(`no server answered on port ${port}`)
}
