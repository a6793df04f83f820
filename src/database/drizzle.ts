import { DrizzleQueryError, fillPlaceholders, type Query, sql } from 'drizzle-orm'
import {
  PgDatabase,
  PgDialect,
  PgPreparedQuery,
  type PgQueryResultHKT,
  PgSession,
  type PreparedQueryConfig,
} from 'drizzle-orm/pg-core'
import { OWN_SCHEMA } from '../models/schema.ts'
import { allowBatches, batched } from './batched-reads.ts'
import { type Clock, createClock, type LearningClock } from './clock.ts'
import type { ConnectOptions, Database } from './index.ts'
import { databaseTime } from './instants.ts'
import { retrying } from './retry.ts'
import { type Fields, type ReadRows, rowReader } from './rows.ts'
import { quotedName } from './schema/names.ts'
import type { Send, Sent, StatementKind } from './send.ts'
import { kindOf, statement } from './statement.ts'

type DrizzleOptions = ConnectOptions & {
  /** Lets reads of different requests share a statement; never on Workers, see batched-reads.ts. */
  batchesReads?: boolean
}

const selectTime = statement({ name: 'select_time', kind: 'read', params: {} }, (db) =>
  db.select(databaseTime).from(sql`(values (1)) as one`),
)

const askTime = batched(async (db, askers: readonly undefined[]) => {
  await selectTime(db, {})
  return askers
})

/**
 * Drizzle over a bare `send`, the one road to all three databases. Drizzle's own sessions are passed by: here every answer
 * is compared with what was asked, and its time learnt, before anybody sees it.
 */
export function drizzleOver(
  send: Send,
  { onStatement, batchesReads = false, warn, schema = OWN_SCHEMA, ...options }: DrizzleOptions = {},
): { db: Database; clock: Clock } {
  const clock = createClock(() => askTime(db, undefined), {
    ...options,
    onWrong: (seconds_ahead) => warn?.('clock_is_wrong', { seconds_ahead }),
  })
  const dialect = new PlacingDialect(schema)
  const session = new Session(dialect, { send, clock, onStatement })
  const db = new PgDatabase(dialect, session, undefined) as unknown as Database
  if (batchesReads) allowBatches(db)
  return { db, clock }
}

/** Writes another name where the models name our schema. */
class PlacingDialect extends PgDialect {
  constructor(schema: string) {
    super()
    this.escapeName = (name) => quotedName(name === OWN_SCHEMA ? schema : name)
  }
}

type Road = {
  send: Send
  clock: LearningClock
  onStatement: ((text: string) => void) | undefined
}

class Session extends PgSession<PgQueryResultHKT> {
  readonly #road: Road

  constructor(dialect: PgDialect, road: Road) {
    super(dialect)
    this.#road = road
  }

  prepareQuery<Config extends PreparedQueryConfig>(
    query: Query,
    fields: Fields | undefined,
    name: string | undefined,
  ): PgPreparedQuery<Config> {
    return new Prepared<Config>(query, fields, this.#road, name)
  }

  transaction(): Promise<never> {
    throw new Error('an atomic write is one statement')
  }
}

class Prepared<Config extends PreparedQueryConfig> extends PgPreparedQuery<Config> {
  readonly #road: Road
  readonly #read: ReadRows
  readonly #kind: StatementKind
  readonly #isPrepared: boolean

  constructor(query: Query, fields: Fields | undefined, road: Road, name: string | undefined) {
    super(query, undefined, undefined)
    this.#road = road
    this.#read = fields ? rowReader(fields) : ({ rows }) => rows as never
    this.#kind = kindOf(name)
    this.#isPrepared = name !== undefined
  }

  execute(values: Record<string, unknown> = {}): Promise<Config['execute']> {
    const { sql: text, params } = this.query
    const sent: Sent = {
      text,
      params: fillPlaceholders(params, values).map(asText),
      kind: this.#kind,
      isPrepared: this.#isPrepared,
      userId: values.userId as string | undefined,
    }
    return retrying(this.#kind, () => this.#exchange(sent, values)).catch((cause) => {
      throw new DrizzleQueryError(text, sent.params, cause)
    })
  }

  #exchange(sent: Sent, values: Record<string, unknown>): Promise<Record<string, unknown>[]> {
    const { send, clock, onStatement } = this.#road
    onStatement?.(sent.text)
    const askedAt = clock.monotonic()
    return send(sent).then((answer) => {
      try {
        return this.#read(answer, values, (said) => clock.learn(said, askedAt))
      } catch (error) {
        answer.distrust?.()
        throw error
      }
    })
  }
}

/** A time goes as text that reads the same whatever DateStyle and TimeZone the database is set to. */
function asText(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : value
}
