import { once } from 'node:events'
import { createServer } from 'node:net'

/** `localhost` may resolve to either. */
const ADDRESSES = ['127.0.0.1', '::1']

async function isTaken(port: number, host: string): Promise<boolean> {
  const probe = createServer().listen(port, host)
  try {
    await once(probe, 'listening')
  } catch (error) {
    // EADDRNOTAVAIL and EAFNOSUPPORT: the machine has no such address.
    return ['EADDRINUSE', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')
  }
  probe.close()
  await once(probe, 'close')
  return false
}

/** Rejects with advice if the port cannot be listened on. */
export async function requirePort(port: number): Promise<void> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error('--port must be a number from 1 to 65535')
  }
  const taken = await Promise.all(ADDRESSES.map((host) => isTaken(port, host)))
  if (!taken.includes(true)) return
  throw new Error(
    `Port ${port} is in use. Stop what uses it, or take another: npm run dev -- --port ${port + 1}`,
  )
}
