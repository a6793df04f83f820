import type { Sql } from 'postgres'
import { CONNECTION_DEADLINE_MILLISECONDS } from './deadlines.ts'
import type { Send } from './drizzle-session.ts'
import { DatabaseUnavailable } from './errors.ts'
import { choosePlace, createPlaces, type Place } from './places.ts'
import { sendRead } from './reads.ts'
import { createWatch } from './watch.ts'

const CLOSE_SECONDS = 2
/** A database that is slow must not be let fill the memory with those who wait for it (security bar R02). */
const MAX_STATEMENTS = 1_000

type Begin = (sql: Sql) => PromiseLike<unknown[][]>

/**
 * So many places with one connection each, none of which outlives its socket: when a connection breaks, its client goes
 * with it, for postgres.js 3.4.9 would use it again with what the old socket left behind, so that statements are never
 * answered, or with no rows. It also goes when a statement is not answered at all, for a connection that swallows
 * packets would otherwise be waited for until TCP gives up, a quarter of an hour later.
 */
export function createConnections(count: number, open: (onclose: () => void) => Sql) {
  const places = createPlaces(count)
  const watch = createWatch(CONNECTION_DEADLINE_MILLISECONDS)
  let unanswered = 0

  function connected(place: Place): Sql {
    if (place.sql) return place.sql
    const sql = open(() => abandon(place, sql))
    place.sql = sql
    return sql
  }

  function abandon(place: Place, sql: Sql): void {
    if (place.sql !== sql) return
    place.sql = undefined
    sql.end({ timeout: 0 }).catch(() => {})
  }

  const send: Send = (text, params, options) =>
    sendRead(text, () =>
      withDeadline(choosePlace(text, places), (sql) =>
        sql.unsafe(text, params as never[], options).values(),
      ),
    )

  /** One promise for each statement: this is the hottest path there is. */
  function withDeadline(place: Place, begin: Begin): Promise<unknown[][]> {
    return new Promise((resolve, reject) => {
      if (unanswered >= MAX_STATEMENTS) throw new DatabaseUnavailable('too many statements')
      const sql = connected(place)
      const answered = watch(() => {
        leave(place)
        reject(new DatabaseUnavailable('no answer'))
        abandon(place, sql)
      })
      unanswered++
      if (place.unanswered++ === 0) place.movedAt = performance.now()
      // After the deadline the driver may still answer, or never.
      begin(sql).then(
        (rows) => {
          if (answered()) leave(place)
          resolve(rows)
        },
        (error: unknown) => {
          if (answered()) leave(place)
          reject(error)
        },
      )
    })
  }

  function leave(place: Place): void {
    unanswered--
    place.unanswered--
    place.movedAt = performance.now()
  }

  return {
    send,
    /** A connection for migrations, which bring their own transaction. */
    first: () => connected(places[0]),
    close: async () => {
      const open = places.map((place) => place.sql)
      for (const place of places) place.sql = undefined
      await Promise.all(open.map((sql) => sql?.end({ timeout: CLOSE_SECONDS })))
    },
  }
}
