/** A statement that takes longer is given up, by the server where it can be told so. */
export const STATEMENT_DEADLINE_MILLISECONDS = 3_000
/** When even that is not answered, the connection itself is taken for dead. */
export const CONNECTION_DEADLINE_MILLISECONDS = 4_000
