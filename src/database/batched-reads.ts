import { DatabaseUnavailable } from './errors.ts'
import type { Database } from './index.ts'

/** The same limit as for statements. A slow database must not fill the memory with waiting reads. */
const MAX_UNANSWERED = 1_000

type Read<Key, Row> = {
  /** Reads the row of one key. */
  one: (db: Database, key: Key) => Promise<Row>
  /** Reads the rows of several keys, in the order of the keys. */
  many: (db: Database, keys: readonly Key[]) => Promise<readonly Row[]>
}

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
export function batched<Key, Row>(read: Read<Key, Row>): (db: Database, key: Key) => Promise<Row> {
  const batches = new WeakMap<Database, (key: Key) => Promise<Row>>()
  return (db, key) => {
    if (!batching.has(db)) return read.one(db, key)
    const readInBatch = batches.get(db) ?? batchOf(db, read)
    batches.set(db, readInBatch)
    return readInBatch(key)
  }
}

function batchOf<Key, Row>(
  db: Database,
  { one, many }: Read<Key, Row>,
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
      const [lone] = batch
      const rows =
        batch.length === 1 && lone
          ? [await one(db, lone.key)]
          : await many(
              db,
              batch.map(({ key }) => key),
            )
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
