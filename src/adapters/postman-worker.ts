import { waitUntil } from 'cloudflare:workers'
import {
  type Deliver,
  type Postman,
  waitMilliseconds,
  withoutFailure,
} from '../core/outbox/postman.ts'
import type { Logger } from '../utils/log.ts'

/** What waits for `waitUntil` is cancelled 30 seconds after the answer. The cron trigger takes care of the rest. */
const MAX_PAUSE_SECONDS = 10
const MAX_RETRIES = 1
/** What begins by then has ended before it is cancelled. A mail whose sending is cut off may be sent twice. */
const LATEST_MILLISECONDS = 15_000

/** Delivers after each answer, within the request that it belongs to: no I/O may outlive its request. */
export function createPostman(deliver: Deliver, logger: Logger): Postman {
  const run = withoutFailure(deliver, logger)

  async function runSoon(): Promise<void> {
    const latest = performance.now() + LATEST_MILLISECONDS
    const isOver = () => performance.now() > latest
    let pauseMilliseconds = waitMilliseconds()
    for (let retries = 0; retries <= MAX_RETRIES; retries++) {
      await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds))
      const seconds = await run(isOver)
      if (seconds === undefined || seconds > MAX_PAUSE_SECONDS) return
      pauseMilliseconds = seconds * 1000
    }
  }

  return { wake: () => waitUntil(runSoon()) }
}
