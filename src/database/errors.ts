import { DrizzleQueryError } from 'drizzle-orm'

/** The database was not reached or did not answer in time; nothing is known of what it did. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
}

/** SQLSTATEs, or the classes they begin with, that say "not now": unreachable, shutting down, overloaded, broken, not migrated yet. */
const PASSING = /^(08|28|40001|40P01|3D000|42P01|42703|53|55P03|57014|57P0|58|XX)/
/** Its classes; five capitals alone may as well be the system's, as in EPIPE. */
const SQLSTATE = /^(\d[0-9A-Z]|F0|HV|P0|XX)[0-9A-Z]{3}$/

/** The driver's own error under Drizzle's, which quotes every parameter and must not be shown or logged. */
export function driverError(error: unknown): unknown {
  return error instanceof DrizzleQueryError ? error.cause : error
}

/** The SQLSTATE of a failed statement; undefined where the database did not speak. */
export function sqlState(error: unknown): string | undefined {
  const cause = driverError(error)
  if (!(cause instanceof Error) || !('code' in cause)) return undefined
  return typeof cause.code === 'string' && SQLSTATE.test(cause.code) ? cause.code : undefined
}

/** True where the write ran into a unique constraint (SQLSTATE 23505), whatever the driver. */
export function isDuplicate(error: unknown): boolean {
  return sqlState(error) === '23505'
}

/** True for what a later try may cure; a statement that is simply wrong is not that. */
export function isUnavailable(error: unknown): boolean {
  if (driverError(error) instanceof DatabaseUnavailable) return true
  if (!(error instanceof DrizzleQueryError)) return false
  const state = sqlState(error)
  return state === undefined || PASSING.test(state)
}
