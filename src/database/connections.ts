import type { Sql } from 'postgres'
import { CONNECTION_DEADLINE_MILLISECONDS } from './deadlines.ts'
import { DatabaseUnavailable } from './errors.ts'
import { choosePlace, createPlaces, type Place } from './places.ts'
import { sendRead } from './reads.ts'

const CLOSE_SECONDS = 2
/** A database that is slow must not be let fill the memory with those who wait for it (security bar R02). */
const MAX_STATEMENTS = 1_000

export type Client = Sql
type Begin = (sql: Sql) => PromiseLike<unknown>
type Pending = PromiseLike<unknown> & { values: () => PromiseLike<unknown> }

/**
 * So many places with one connection each, none of which outlives its socket: when a connection breaks, its client goes
 * with it, for postgres.js 3.4.9 would use it again with what the old socket left behind, so that statements are never
 * answered, or with no rows. It also goes when a statement is not answered at all, for a connection that swallows
 * packets would otherwise be waited for until TCP gives up, a quarter of an hour later.
 */
export function createConnections(count: number, open: (onclose: () => void) => Sql) {
  const places = createPlaces(count)
  /** Where Drizzle puts its own parsers and serializers; every client is given them. */
  const options: Pick<Sql['options'], 'parsers' | 'serializers'> = { parsers: {}, serializers: {} }
  let unanswered = 0

  function connected(place: Place): Sql {
    if (place.sql) return place.sql
    const sql = open(() => abandon(place, sql))
    Object.assign(sql.options.parsers, options.parsers)
    Object.assign(sql.options.serializers, options.serializers)
    place.sql = sql
    return sql
  }

  function abandon(place: Place, sql: Sql): void {
    if (place.sql !== sql) return
    place.sql = undefined
    sql.end({ timeout: 0 }).catch(() => {})
  }

  function send(text: string, begin: Begin): Promise<unknown> {
    return sendRead(text, () => withDeadline(choosePlace(text, places), begin))
  }

  /** One promise for each statement: this is the hottest path there is. */
  function withDeadline(place: Place, begin: Begin): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (unanswered >= MAX_STATEMENTS) throw new DatabaseUnavailable('too many statements')
      const sql = connected(place)
      let isSettled = false
      const timer = setTimeout(() => {
        settled()
        reject(new DatabaseUnavailable('no answer'))
        abandon(place, sql)
      }, CONNECTION_DEADLINE_MILLISECONDS)
      // Once only: after the deadline the driver may still answer, or never.
      const settled = () => {
        if (isSettled) return
        isSettled = true
        clearTimeout(timer)
        unanswered--
        place.unanswered--
        place.movedAt = performance.now()
      }
      unanswered++
      if (place.unanswered++ === 0) place.movedAt = performance.now()
      begin(sql).then(
        (rows) => {
          settled()
          resolve(rows)
        },
        (error: unknown) => {
          settled()
          reject(error)
        },
      )
    })
  }

  const unsafe = (...args: Parameters<Sql['unsafe']>): Pending => ({
    // biome-ignore lint/suspicious/noThenProperty: a statement of postgres.js is sent when it is awaited, and so is this.
    then: (resolve, reject) => send(args[0], (sql) => sql.unsafe(...args)).then(resolve, reject),
    values: () => send(args[0], (sql) => sql.unsafe(...args).values()),
  })

  return {
    // Drizzle uses no more of a client than these two members unless a transaction is opened, which `Database` has not.
    client: { options, unsafe } as unknown,
    /** A connection for migrations, which bring their own transaction. */
    first: () => connected(places[0]),
    close: async () => {
      const open = places.map((place) => place.sql)
      for (const place of places) place.sql = undefined
      await Promise.all(open.map((sql) => sql?.end({ timeout: CLOSE_SECONDS })))
    },
  }
}
