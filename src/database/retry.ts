import { failureCode } from './errors.ts'
import type { StatementKind } from './send.ts'

/** Failures after which a read has no answer and may succeed at once on another connection (security bar R04). */
const READ_AGAIN =
  /^(08|0A000|25006|26000|40001|40P01|42P05|53300|57P0[123]|ANSWER_TO|ANSWER_OF|CONNECTION_ENDED$|STATEMENT_UNPARSED$|ECONNRESET$|ECONNREFUSED$|EPIPE$)/
/**
 * Failures after which nothing happened, by the server's word. After any other, a retry could write twice. 23503 says that
 * what the statement saw was deleted meanwhile, a user for instance; the next attempt does not see it.
 */
const WRITE_AGAIN = /^(23503|40001|40P01)$/

/** Only a quick failure leaves enough of the request's time for a retry. */
const SOON_MILLISECONDS = 500
const MAX_PAUSE_MILLISECONDS = 150

const AGAIN = {
  read: { after: READ_AGAIN, times: 1 },
  write: { after: WRITE_AGAIN, times: 2 },
  count: { after: READ_AGAIN, times: 1 },
}

/**
 * Sends a statement, and retries it if that can neither write twice nor take long: a read or count once, a write twice.
 */
export function retrying<Result>(
  kind: StatementKind,
  send: () => Promise<Result>,
): Promise<Result> {
  const { after, times } = AGAIN[kind]
  const sentAt = performance.now()

  const retry =
    (left: number) =>
    async (error: unknown): Promise<Result> => {
      const isSoon = performance.now() - sentAt < SOON_MILLISECONDS
      if (left === 0 || !isSoon || !after.test(failureCode(error) ?? '')) throw error
      const pause = MAX_PAUSE_MILLISECONDS * (0.5 + Math.random() / 2)
      await new Promise((resolve) => setTimeout(resolve, pause))
      return send().catch(retry(left - 1))
    }
  return send().catch(retry(times))
}
