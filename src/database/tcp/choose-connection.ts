/** How what was sent on a connection is getting on. */
export type Load = {
  /** Statements that are not answered yet, and how many of them write. */
  inFlight: number
  writing: number
  /** When something was last answered, or sent while nothing was in flight. */
  movedAt: number
}

/** Statements here take a millisecond; where nothing comes back for so long, one of them waits for a lock. */
const STALL_MILLISECONDS = 20

/**
 * Reads share the first connection that moves: they go out and come back in bundles, at half the cost for both sides.
 * Where the database is far away none may have moved lately, and one with nothing but reads on it will do. A write has one
 * of the others to itself, for it may wait for a lock, and what is sent behind it waits too.
 */
export function chooseConnection<Connection extends Load>(
  kind: 'read' | 'write',
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

/** Behind a pooler that lends its sessions by the transaction, nothing is sent before the last answer has come. */
export function chooseIdle<Connection extends Load>(
  _kind: 'read' | 'write',
  connections: readonly Connection[],
): Connection | undefined {
  return connections.find(({ inFlight }) => inFlight === 0)
}

function isMoving({ inFlight, movedAt }: Load): boolean {
  return inFlight === 0 || performance.now() - movedAt < STALL_MILLISECONDS
}
