import { DatabaseUnavailable } from './errors.ts'
import type { Database } from './index.ts'

/** As many as there may be statements: a slow database must not fill the memory with those who wait for it. */
const MAX_UNANSWERED = 1_000

type Read<Key, Row> = {
  /** The row of one key. */
  one: (key: Key) => Promise<Row | undefined>
  /** The rows of several keys, in the order of the keys. */
  many: (keys: readonly Key[]) => Promise<readonly (Row | undefined)[]>
}
type Asked<Key, Row> = {
  key: Key
  resolve: (row: Row | undefined) => void
  reject: (error: unknown) => void
}

const gathering = new WeakSet<Database>()

/** Lets reads of different requests share a statement. Never on Workers, where no request may wait for another's I/O. */
export function allowGathering(db: Database): void {
  gathering.add(db)
}

/**
 * Reads that are asked for in the same turn of the event loop go out as one statement; a lone one goes out at once.
 * Nothing is read before it was asked for, so nobody is told an older state than by a statement of their own.
 */
export function gathered<Key, Row>(
  db: Database,
  { one, many }: Read<Key, Row>,
): (key: Key) => Promise<Row | undefined> {
  if (!gathering.has(db)) return one
  let waiting: Asked<Key, Row>[] = []
  let underWay = 0

  async function send(): Promise<void> {
    const asked = waiting
    waiting = []
    underWay += asked.length
    try {
      const [lone] = asked
      const rows =
        asked.length === 1 && lone ? [await one(lone.key)] : await many(asked.map(({ key }) => key))
      for (const [at, { resolve }] of asked.entries()) resolve(rows[at])
    } catch (error) {
      for (const { reject } of asked) reject(error)
    } finally {
      underWay -= asked.length
    }
  }

  return (key) =>
    new Promise((resolve, reject) => {
      if (underWay + waiting.length >= MAX_UNANSWERED) {
        throw new DatabaseUnavailable('too many reads', 'TOO_MANY_READS')
      }
      waiting.push({ key, resolve, reject })
      if (underWay === 0) void send()
      else if (waiting.length === 1) setImmediate(send)
    })
}
