import { failureCode } from '../../database/errors.ts'
import type { Logger } from '../../utils/log.ts'

/** Sends what is in the outbox, after the answer to the request that put it there. */
export type Postman = {
  /** Call after a statement that may have enqueued a mail, whether it did or not: the same work follows. */
  wake: () => void
}

/**
 * A short and random wait before the outbox is looked into. So an answer is out by then, what was superseded at once is
 * not sent, and the time of the next answer does not tell whether there was a mail.
 */
const WAIT_MILLISECONDS = { least: 50, spread: 200 }

/** How long to wait before the outbox is looked into. */
export function waitMilliseconds(): number {
  return WAIT_MILLISECONDS.least + Math.random() * WAIT_MILLISECONDS.spread
}

/** Sends what is due, but begins with no more mails once it is over. Returns after how many seconds others are due. */
export type Deliver = (isOver: () => boolean) => Promise<number | undefined>

/** Makes a delivery that never throws: a failure is logged, and what is due stays due. */
export function withoutFailure(deliver: Deliver, logger: Logger): Deliver {
  return async (isOver) => {
    try {
      return await deliver(isOver)
    } catch (error) {
      logger.error('delivery_failed', { code: failureCode(error) })
      return RETRY_SECONDS
    }
  }
}

/** The database did not answer. It may be back by then. */
const RETRY_SECONDS = 30
