/** A longer statement is given up. The server itself does that if it accepts a `statement_timeout`. */
export const STATEMENT_DEADLINE_MILLISECONDS = 3_000
/**
 * A statement without an answer by then fails. Its connection is cancelled as dead, unless it answers other statements.
 */
export const ANSWER_DEADLINE_MILLISECONDS = 4_000
/** How long a statement may wait for a connection, or for an earlier write of the same user. */
export const QUEUE_DEADLINE_MILLISECONDS = 3_000
/** A server that takes longer to connect counts as down. */
export const CONNECT_DEADLINE_MILLISECONDS = 3_000
/** How long the first statement after a pause may take, because a Neon compute must wake first. */
export const WAKE_DEADLINE_MILLISECONDS = 12_000
