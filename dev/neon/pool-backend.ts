import pg from 'pg'
import { RESET_SESSION } from '../../src/database/embedded/reset-session.ts'
import type { Backend, Credentials, Outcome, Run } from './backend.ts'
import { ReportedError, refusal } from './errors.ts'

const IDLE_MS = 5 * 60_000

/** Members of pg's clients that its types leave out. */
type Client = pg.PoolClient & {
  connection: NodeJS.EventEmitter
  processID: number
  secretKey: number
}

const identity = { getTypeParser: () => (text: string) => text }

function reported(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error
  return new ReportedError({ ...(error as object), message: error.message })
}

const runOn =
  (client: Client, cancel: () => void): Run =>
  (text, params, budget) =>
    new Promise((resolve, reject) => {
      if (text.includes('\0')) return reject(refusal.nulInQuery())
      const outcome: Outcome = { fields: [], rows: [], tag: '' }
      let size = 0
      let refused: Error | undefined
      const watched: Record<string, (message: { text: string }) => void> = {
        commandComplete: (message) => {
          outcome.tag = message.text
        },
        copyInResponse: () => {
          refused = refusal.unexpectedMessage()
        },
        copyOutResponse: () => {
          refused = refusal.unexpectedMessage()
        },
      }
      for (const [name, listen] of Object.entries(watched)) client.connection.on(name, listen)
      const settle = (finish: () => void) => {
        for (const [name, listen] of Object.entries(watched)) client.connection.off(name, listen)
        finish()
      }
      // Without `queryMode`, pg sends a query without parameters by the simple protocol.
      const config = { text, values: params, rowMode: 'array', types: identity }
      const query = new pg.Query({ ...config, queryMode: 'extended' } as pg.QueryConfig)
      query.on('row', (row: Outcome['rows'][number]) => {
        if (size > budget && !refused) {
          refused = refusal.responseTooLarge()
          cancel()
        }
        if (refused) return
        size += row.reduce((sum, cell) => sum + (cell?.length ?? 0), 0)
        outcome.rows.push(row)
      })
      query.on('error', (error) => settle(() => reject(refused ?? reported(error))))
      query.on('end', (result) => {
        outcome.fields = result.fields.map(({ format: _, ...field }) => field)
        settle(() => (refused ? reject(refused) : resolve(outcome)))
      })
      client.query(query)
    })

async function connected(pool: pg.Pool, who: Credentials): Promise<Client> {
  try {
    return (await pool.connect()) as Client
  } catch (error) {
    const code = error instanceof pg.DatabaseError ? error.code : undefined
    if (code === '28P01' || code === '28000') throw refusal.wrongPassword(who.user)
    if (!(error instanceof pg.DatabaseError)) throw refusal.unreachable()
    throw new ReportedError(
      { ...(error as object), message: error.message },
      code === '3D000' ? 400 : 500,
    )
  }
}

/** Resets a used client and returns it to its pool. Drops it if that fails. */
async function giveBack(client: Client, reusable: boolean): Promise<void> {
  const scrubbed =
    reusable &&
    (await client.query(RESET_SESSION).then(
      () => true,
      () => false,
    ))
  client.release(!scrubbed)
}

const keyOf = ({ user, password, database }: Credentials) =>
  JSON.stringify([user, password, database])

/** The server to connect to, and how. */
type Served = {
  client: pg.ClientConfig
  pool: Pick<pg.PoolConfig, 'max' | 'onConnect'>
  /** How long an abandoned query may run before it is stopped. */
  graceMs: number
  cancel: (session: { processID: number; secretKey: number }) => void
}

/** Serves any server that `pg` connects to, with a pool for each name, password and database. */
export function poolBackend({ graceMs, cancel, ...config }: Served): Backend {
  const pools = new Map<string, pg.Pool>()
  const poolOf = (who: Credentials) => {
    const key = keyOf(who)
    const known = pools.get(key)
    if (known) return known
    const pool = new pg.Pool({
      ...config.client,
      ...config.pool,
      ...who,
      idleTimeoutMillis: IDLE_MS,
    })
    // An idle connection that breaks is not used again.
    pool.on('error', () => undefined)
    pool.on('connect', (client) => client.on('error', () => undefined))
    pools.set(key, pool)
    return pool
  }
  return {
    async use(who, hangUp, task) {
      const pool = poolOf(who)
      const client = await connected(pool, who).catch((error: unknown) => {
        // A wrong password must not leave a pool behind for every guess.
        if (pool.totalCount === 0) pools.delete(keyOf(who))
        throw error
      })
      let stopping: NodeJS.Timeout | undefined
      const stop = () => cancel(client)
      const stopSoon = () => {
        stopping = setTimeout(stop, graceMs)
      }
      hangUp.addEventListener('abort', stopSoon)
      let reusable = false
      try {
        if (hangUp.aborted) throw refusal.cancelled()
        const result = await task(runOn(client, stop))
        reusable = true
        return result
      } catch (error) {
        reusable = error instanceof ReportedError
        throw error
      } finally {
        hangUp.removeEventListener('abort', stopSoon)
        clearTimeout(stopping)
        // A cancel request may still be in flight and would hit the next user.
        void giveBack(client, reusable && !hangUp.aborted)
      }
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.end()))
    },
  }
}
