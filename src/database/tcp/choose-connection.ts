import type { StatementKind } from '../send.ts'

/** The load of a connection. */
export type Load = {
  /** Statements in flight, and how many of them are writes. */
  inFlight: number
  writing: number
  /** When the last answer came, or when a statement was sent while none was in flight. */
  movedAt: number
}

/** Statements take about a millisecond. If no answer comes for this long, one of them waits for a lock. */
const STALL_MILLISECONDS = 20

/**
 * Reads share the first connection without a write that makes progress. There they travel in batches, at half the cost
 * for both sides. If the database is far away, none may have answered lately. Then any without a write will do, and
 * otherwise one that makes progress. A write gets one of the others, or the only one, without a second write. It may
 * wait for a lock, and everything behind it would wait too.
 */
export function chooseConnection<Connection extends Load>(
  kind: StatementKind,
  connections: readonly Connection[],
): Connection | undefined {
  if (kind === 'read') {
    const reading = connections.filter(({ writing }) => writing === 0)
    return reading.find(isMoving) ?? reading[0] ?? connections.find(isMoving)
  }
  const isLone = connections.length === 1
  return connections.find(
    (connection, at) => (isLone || at > 0) && connection.writing === 0 && isMoving(connection),
  )
}

/** Behind a pooler in transaction mode, nothing is sent on a connection before its last answer has come. */
export function chooseIdle<Connection extends Load>(
  _kind: StatementKind,
  connections: readonly Connection[],
): Connection | undefined {
  return connections.find(({ inFlight }) => inFlight === 0)
}

function isMoving({ inFlight, movedAt }: Load): boolean {
  return inFlight === 0 || performance.now() - movedAt < STALL_MILLISECONDS
}
