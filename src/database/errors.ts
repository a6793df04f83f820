import { DrizzleQueryError } from 'drizzle-orm'

/**
 * The database was not reached, did not answer in time, or answered another question. Whether it did anything is
 * unknown.
 */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
  /** In capitals, for the log, as a driver or the system would name it: such as ECONNREFUSED. */
  readonly code: string

  constructor(message: string, code: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The database cannot be migrated. The message says why, and what to do. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused'
}

/** SQLSTATEs, or classes of them, after which the same statement may succeed later. */
const NOT_NOW: readonly string[] = [
  '08', // the connection failed
  '0A000', // a plan outlived a change of the schema
  '25', // read-only after a failover, or a transaction that a pooler left open
  '23503', // what the statement saw was deleted meanwhile
  '26000', // a pooler swapped the session: the new one lacks the prepared statement
  '28', // the log-in is refused, for example while passwords are rotated
  '3D000', // the database does not exist, or not yet
  '3F000', // the schema does not exist, or not yet
  '40', // rolled back: a deadlock, a conflict
  '42501', // rights are missing, for example while they are granted
  '42703', // a column is missing, because the migration has not run yet
  '42P01', // a table is missing
  '42P05', // a pooler swapped the session: the new one has the prepared statement already
  '53', // out of connections, memory or disk
  '55', // another session holds a lock, or the object is not ready
  '57', // cancelled, shutting down, starting up
  '58', // the system failed
  'XX', // Postgres failed
]
const PASSING = new RegExp(`^(${NOT_NOW.join('|')})`)

/** Matches the classes of SQLSTATEs. Five capitals alone could be a system error, such as EPIPE. */
const SQLSTATE = /^(\d[0-9A-Z]|F0|HV|P0|XX)[0-9A-Z]{3}$/
const HTTP_STATUS = /^Server error \(HTTP status (\d{3})\)/

/** Returns the driver's error inside Drizzle's. Drizzle's quotes every parameter and must not be shown or logged. */
export function driverError(error: unknown): unknown {
  return error instanceof DrizzleQueryError ? error.cause : error
}

/** Returns the SQLSTATE of a failed statement, or undefined if the database sent none. */
export function sqlState(error: unknown): string | undefined {
  const code = ownCode(driverError(error))
  return code !== undefined && SQLSTATE.test(code) ? code : undefined
}

/**
 * Returns why a statement failed, fit for a log: a SQLSTATE, the driver's or system's code, or an HTTP status. It is
 * never a message, because messages quote addresses, values and whole connection strings.
 */
export function failureCode(error: unknown): string | undefined {
  // Neon's driver and fetch wrap the original error.
  for (let at = driverError(error), depth = 0; at instanceof Error && depth < 4; depth++) {
    const [, status] = HTTP_STATUS.exec(at.message) ?? []
    const code = ownCode(at) || (status && `HTTP_${status}`)
    if (code) return code
    if (at.name === 'TimeoutError') return 'TIMEOUT'
    at = 'sourceError' in at && at.sourceError ? at.sourceError : at.cause
  }
  return undefined
}

/** The message of a refused log-in holds the user's name. */
const LOG_IN_REFUSED = /^28/

/** Returns why a migration failed, with Postgres' own message, which names what is missing or conflicting. */
export function migrationFailure(error: unknown): string {
  if (error instanceof MigrationRefused) return error.message
  const { name, message } = error instanceof Error ? error : new Error('unknown')
  const state = sqlState(error)
  return state && !LOG_IN_REFUSED.test(state) ? `${state} ${message}` : (failureCode(error) ?? name)
}

function ownCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** True if a write violated a unique constraint (SQLSTATE 23505), with any driver. */
export function isDuplicate(error: unknown): boolean {
  return sqlState(error) === '23505'
}

/** Returns undefined for a unique violation, and throws anything else. */
export function unlessDuplicate(error: unknown): undefined {
  if (!isDuplicate(error)) throw error
  return undefined
}

/** True if the database can be read but not written to (SQLSTATE 25006). */
export function isReadOnly(error: unknown): boolean {
  return sqlState(error) === '25006'
}

/** True if a later attempt may succeed, false if the statement itself is wrong. */
export function isUnavailable(error: unknown): boolean {
  if (driverError(error) instanceof DatabaseUnavailable) return true
  if (!(error instanceof DrizzleQueryError)) return false
  const state = sqlState(error)
  return state === undefined || PASSING.test(state)
}
