import { type Column, type SQL, type SQLWrapper, sql } from 'drizzle-orm'

/** Null where the column may be. */
type InstantOf<Of> = Of extends Column
  ? Of['_']['notNull'] extends true
    ? Date
    : Date | null
  : Date

/**
 * An instant as microseconds since 1970: a number reads the same whatever DateStyle and TimeZone the database is set to,
 * where text may swap day and month without a word.
 */
export function instant<Of extends SQLWrapper>(column: Of): SQL<InstantOf<Of>> {
  return sql`(extract(epoch from ${column}) * 1000000)::bigint`.mapWith(dateOf) as SQL<never>
}

/** Cut to milliseconds, as JavaScript does with text. */
function dateOf(microseconds: string): Date {
  return new Date(Math.floor(Number(microseconds) / 1000))
}

/** The database's time while it answers; an answer that has it sets the service's clock. */
export const databaseTime = { 'database time': instant(sql`clock_timestamp()`) }

/** The day on which an instant falls, the same wherever the database is set to be. */
export function dayOf(instant: SQLWrapper): SQL {
  return sql`(${instant} at time zone 'utc')::date`
}
