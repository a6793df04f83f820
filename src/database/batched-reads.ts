import { DatabaseUnavailable } from './errors.ts'
import type { Database } from './index.ts'

/** The same limit as for statements. A slow database must not fill the memory with waiting reads. */
const MAX_UNANSWERED = 1_000

/** Reads the rows of several keys, in the order of the keys. */
type ReadMany<Key, Row> = (db: Database, keys: readonly Key[]) => Promise<readonly Row[]>

type Waiting<Key, Row> = {
  key: Key
  resolve: (row: Row) => void
  reject: (error: unknown) => void
}

const batching = new WeakSet<Database>()

/**
 * Lets reads of different requests share a statement. Never on Workers, where a request cannot wait for another's I/O.
 */
export function allowBatches(db: Database): void {
  batching.add(db)
}

/**
 * Reads one key at a time. A read is sent at once if none is in flight. Otherwise all reads of one event loop iteration
 * share a statement, which halves the work of both sides. No read is sent before its caller asks for it, so no caller
 * sees an older state than with its own statement.
 */
export function batched<Key, Row>(
  readMany: ReadMany<Key, Row>,
): (db: Database, key: Key) => Promise<Row> {
  const batches = new WeakMap<Database, (key: Key) => Promise<Row>>()
  return async (db, key) => {
    if (!batching.has(db)) return (await readMany(db, [key]))[0] as Row
    const read = batches.get(db) ?? batchOf((keys) => readMany(db, keys))
    batches.set(db, read)
    return read(key)
  }
}

function batchOf<Key, Row>(
  readMany: (keys: readonly Key[]) => Promise<readonly Row[]>,
): (key: Key) => Promise<Row> {
  let waiting: Waiting<Key, Row>[] = []
  let inFlight = 0

  async function send(): Promise<void> {
    const batch = waiting
    waiting = []
    // An idle moment came first, and took those who waited for this one.
    if (batch.length === 0) return
    inFlight += batch.length
    try {
      const rows = await readMany(batch.map(({ key }) => key))
      for (const [at, { resolve }] of batch.entries()) resolve(rows[at] as Row)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    } finally {
      inFlight -= batch.length
    }
  }

  return (key) =>
    new Promise((resolve, reject) => {
      if (inFlight + waiting.length >= MAX_UNANSWERED) {
        throw new DatabaseUnavailable('too many reads', 'TOO_MANY_READS')
      }
      waiting.push({ key, resolve, reject })
      if (inFlight === 0) void send()
      else if (waiting.length === 1) setImmediate(send)
    })
}
