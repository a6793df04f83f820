import type { Deps } from '../deps.ts'
import type { Logger } from '../utils/log.ts'

/** Cloudflare's rate-limiting binding, as far as it is used. */
export type RateLimiter = { limit: (options: { key: string }) => Promise<{ success: boolean }> }

/**
 * Returns the gate in front of the database's limits, or undefined where none is bound. A gate that fails lets pass, for
 * the database counts all the same, and says so once in an isolate's life.
 */
export function workerGate(binding: unknown, logger: Logger): Deps['gate'] {
  if (binding === undefined) return undefined
  let hasFailed = false
  return async (key) => {
    try {
      const { success } = await (binding as RateLimiter).limit({ key })
      // Only a plain no refuses.
      return success !== false
    } catch (error) {
      if (!hasFailed) logger.warn('gate_failed', { cause: nameOf(error) })
      hasFailed = true
      return true
    }
  }
}

/** Its message could quote the key, which is an address. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}
