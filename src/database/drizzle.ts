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
  /** Lets reads of different requests share a statement. Never on Workers, see batched-reads.ts. */
  batchesReads?: boolean
}

const selectTime = statement({ name: 'select_time', kind: 'read', params: {} }, (db) =>
  db.select(databaseTime).from(sql`(values (1)) as one`),
)

const askTime = batched<undefined, unknown>({
  one: (db) => selectTime(db, {}),
  many: async (db, askers) => {
    await selectTime(db, {})
    return askers
  },
})

/**
 * Makes Drizzle use a bare `send`, for all three databases. It replaces Drizzle's own sessions. So every answer is
 * compared with its question, and sets the clock, before any caller sees it.
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

/** Writes the configured schema's name in place of the models' own. */
class PlacingDialect extends PgDialect {
  constructor(schema: string) {
    super()
    this.escapeName = (name) => quotedName(name === OWN_SCHEMA ? schema : name)
  }
}

type Transport = {
  send: Send
  clock: LearningClock
  onStatement: ((text: string) => void) | undefined
}

class Session extends PgSession<PgQueryResultHKT> {
  readonly #transport: Transport

  constructor(dialect: PgDialect, transport: Transport) {
    super(dialect)
    this.#transport = transport
  }

  prepareQuery<Config extends PreparedQueryConfig>(
    query: Query,
    fields: Fields | undefined,
    name: string | undefined,
  ): PgPreparedQuery<Config> {
    return new Prepared<Config>(query, fields, this.#transport, name)
  }

  transaction(): Promise<never> {
    throw new Error('an atomic write is one statement')
  }
}

class Prepared<Config extends PreparedQueryConfig> extends PgPreparedQuery<Config> {
  readonly #transport: Transport
  readonly #read: ReadRows
  readonly #kind: StatementKind
  readonly #isPrepared: boolean

  constructor(
    query: Query,
    fields: Fields | undefined,
    transport: Transport,
    name: string | undefined,
  ) {
    super(query, undefined, undefined)
    this.#transport = transport
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
      userId: typeof values.userId === 'string' ? values.userId : undefined,
    }
    return retrying(this.#kind, () => this.#exchange(sent, values)).catch((cause) => {
      throw new DrizzleQueryError(text, sent.params, cause)
    })
  }

  #exchange(sent: Sent, values: Record<string, unknown>): Promise<Record<string, unknown>[]> {
    const { send, clock, onStatement } = this.#transport
    onStatement?.(sent.text)
    const askedAt = clock.monotonic()
    return send(sent).then((answer) => {
      try {
        return this.#read(answer, values, (said) => clock.learn(said, askedAt))
      } catch (error) {
        answer.endConnection?.()
        throw error
      }
    })
  }
}

/** Sends a time as text that reads the same under any DateStyle and TimeZone of the database. */
function asText(value: unknown): unknown {
  if (typeof value === 'boolean') return String(value)
  return value instanceof Date ? value.toISOString() : value
}
