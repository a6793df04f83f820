import pg from 'pg'
import { OWN_SCHEMA } from '../../src/models/schema.ts'

type Row = Record<string, unknown>
type Rows = readonly object[]

/** Runs statements that are written where they are used; what stands in `${}` is sent as a parameter. */
export type Sql = {
  <Found extends Rows = Row[]>(texts: TemplateStringsArray, ...values: unknown[]): Promise<Found>
  unsafe: <Found extends Rows = Row[]>(text: string, values?: unknown[]) => Promise<Found>
}

/** A client beside the service's own, to look into a database and to interfere; it connects when it is first used. */
export type SqlClient = Sql & {
  /** One transaction, rolled back where the work fails. */
  begin: <Result>(work: (sql: Sql) => Promise<Result>) => Promise<Result>
  end: () => Promise<void>
}

type Query = Pick<pg.ClientBase, 'query'>

function sqlOver(query: (text: string, values: unknown[]) => Promise<{ rows: unknown[] }>): Sql {
  const run = async (text: string, values: unknown[]) => (await query(text, values)).rows
  const tagged = (texts: TemplateStringsArray, ...values: unknown[]) =>
    run(
      texts.reduce((text, next, at) => `${text}$${at}${next}`),
      values,
    )
  return Object.assign(tagged, {
    unsafe: (text: string, values: unknown[] = []) => run(text, values),
  }) as Sql
}

const over = (client: Query) => sqlOver((text, values) => client.query(text, values))

/** So many connections to a database, by its URL. Tables without a schema are the service's own. */
export function sqlClient(url: string, max = 1): SqlClient {
  const options = `-c search_path=${OWN_SCHEMA}`
  const pool = new pg.Pool({ connectionString: url, max, options })
  // Tests end connections on purpose; whoever waits for an answer hears of it by that.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return Object.assign(over(pool as unknown as Query), {
    async begin<Result>(work: (sql: Sql) => Promise<Result>) {
      const client = await pool.connect()
      try {
        await client.query('begin')
        const result = await work(over(client))
        await client.query('commit')
        return result
      } catch (error) {
        await client.query('rollback').catch(() => {})
        throw error
      } finally {
        client.release()
      }
    },
    end: () => pool.end(),
  })
}
