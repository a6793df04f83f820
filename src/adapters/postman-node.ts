import {
  type Deliver,
  type Postman,
  waitMilliseconds,
  withoutFailure,
} from '../core/outbox/postman.ts'
import type { Logger } from '../utils/log.ts'

export type NodePostman = Postman & {
  /** Sends nothing more. Resolves when what is being sent has been, so that no mail is sent again after a restart. */
  close: () => Promise<void>
}

/** Delivers in the background, one delivery at a time, and again when a mail that was not taken is due. */
export function createPostman(deliver: Deliver, logger: Logger): NodePostman {
  const run = withoutFailure(deliver, logger)
  let isClosed = false
  let running: Promise<void> | undefined
  let isNextQueued = false
  let timer: NodeJS.Timeout | undefined
  let timerAt = Number.POSITIVE_INFINITY

  function schedule(milliseconds: number): void {
    const at = performance.now() + milliseconds
    if (isClosed || at >= timerAt) return
    clearTimeout(timer)
    timerAt = at
    timer = setTimeout(begin, milliseconds).unref()
  }

  function begin(): void {
    timerAt = Number.POSITIVE_INFINITY
    if (isNextQueued) return
    isNextQueued = true
    // One that runs may have looked already, so another look follows it.
    running = (running ?? Promise.resolve()).then(async () => {
      isNextQueued = false
      if (isClosed) return
      const seconds = await run(() => isClosed)
      if (seconds !== undefined) schedule(seconds * 1000)
    })
  }

  return {
    wake: () => schedule(waitMilliseconds()),
    async close() {
      isClosed = true
      clearTimeout(timer)
      await running
    },
  }
}
