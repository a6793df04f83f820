/** A statement that takes longer is given up, by the server where it takes a `statement_timeout`. */
export const STATEMENT_DEADLINE_MILLISECONDS = 3_000
/** When even that is not answered, it is cancelled and its connection taken for dead. */
export const CONNECTION_DEADLINE_MILLISECONDS = 4_000
/** So long a statement may wait for a connection, or for its turn. */
export const TURN_DEADLINE_MILLISECONDS = 3_000
/** A server that takes longer to let somebody in is not there. */
export const CONNECT_DEADLINE_MILLISECONDS = 3_000
/** How long a Neon compute may take to wake: the first statement after a silence is waited for so long. */
export const WAKE_DEADLINE_MILLISECONDS = 12_000
