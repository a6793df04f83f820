import { type Column, type SQL, type SQLWrapper, sql } from 'drizzle-orm'

/** Null where the column may be. */
type InstantOf<Of> = Of extends Column
  ? Of['_']['notNull'] extends true
    ? Date
    : Date | null
  : Date

/**
 * Selects an instant as microseconds since 1970. A number reads the same under any DateStyle and TimeZone of the
 * database. Text can silently swap day and month.
 */
export function instant<Of extends SQLWrapper>(column: Of): SQL<InstantOf<Of>> {
  return sql`(extract(epoch from ${column}) * 1000000)::bigint`.mapWith(dateOf) as SQL<never>
}

/** Cuts to milliseconds, as JavaScript does with text. */
function dateOf(microseconds: string): Date {
  return new Date(Math.floor(Number(microseconds) / 1000))
}

/** The database's time when it answers. An answer with it sets the service's clock. */
export const databaseTime = { 'database time': instant(sql`clock_timestamp()`) }

/** Returns the UTC day of an instant, under any TimeZone of the database. */
export function dayOf(instant: SQLWrapper): SQL {
  return sql`(${instant} at time zone 'utc')::date`
}
