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
  return microseconds(column).mapWith(dateOf) as SQL<never>
}

/** The same number for a member of a JSON object, which `dateOf` reads. */
export function microseconds(instant: SQLWrapper): SQL {
  return sql`(extract(epoch from ${instant}) * 1000000)::bigint`
}

/** Cuts to milliseconds, as JavaScript does with text. */
export function dateOf(microseconds: string | number): Date {
  return new Date(Math.floor(Number(microseconds) / 1000))
}

/** The same of a number that may be null. */
export function dateOrNull(microseconds: number | null): Date | null {
  return microseconds === null ? null : dateOf(microseconds)
}

/** The database's time when it answers. An answer with it sets the service's clock. */
export const databaseTime = { 'database time': instant(sql`clock_timestamp()`) }

/** Returns the UTC day of an instant, under any TimeZone of the database. */
export function dayOf(instant: SQLWrapper): SQL {
  return sql`(${instant} at time zone 'utc')::date`
}
