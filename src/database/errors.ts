import { DrizzleQueryError } from 'drizzle-orm'

/** The database was not reached, did not answer in time, or answered what it was not asked; nothing is known of what it did. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
  /** In capitals, for the log: what a driver or the system would call it, such as ECONNREFUSED. */
  readonly code: string

  constructor(message: string, code: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The database is not such that it can be migrated; the message says why, and what to do. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused'
}

/** SQLSTATEs, or the classes they begin with, that say "not now": the same statement may succeed later, as it is. */
const NOT_NOW: readonly string[] = [
  '08', // the connection failed
  '0A000', // a plan outlived a change of the schema
  '25', // read-only after a failover, or a transaction that a pooler left behind
  '26000', // a pooler gave another session, which knows no such prepared statement
  '28', // the log-in is refused, as while passwords are rotated
  '3D000', // the database is not there, or not there yet
  '3F000', // nor is its schema
  '40', // rolled back: a deadlock, a conflict
  '42501', // rights are missing, as while they are being granted
  '42703', // a column is missing: not migrated yet
  '42P01', // a table is missing
  '42P05', // a pooler gave another session, which knows the prepared statement already
  '53', // out of connections, memory or disk
  '55', // somebody holds a lock, or the object is not ready
  '57', // cancelled, shutting down, starting up
  '58', // the system failed
  'XX', // so did Postgres
]
const PASSING = new RegExp(`^(${NOT_NOW.join('|')})`)

/** Its classes; five capitals alone may as well be the system's, as in EPIPE. */
const SQLSTATE = /^(\d[0-9A-Z]|F0|HV|P0|XX)[0-9A-Z]{3}$/
const HTTP_STATUS = /^Server error \(HTTP status (\d{3})\)/

/** The driver's own error under Drizzle's, which quotes every parameter and must not be shown or logged. */
export function driverError(error: unknown): unknown {
  return error instanceof DrizzleQueryError ? error.cause : error
}

/** The SQLSTATE of a failed statement; undefined where the database did not speak. */
export function sqlState(error: unknown): string | undefined {
  const code = ownCode(driverError(error))
  return code !== undefined && SQLSTATE.test(code) ? code : undefined
}

/**
 * What is known of why a statement failed, fit for a log: a SQLSTATE, the driver's or the system's code, an HTTP status.
 * Never a message, for those quote addresses, values and whole connection strings.
 */
export function failureCode(error: unknown): string | undefined {
  // Neon's driver and fetch keep what happened inside of what they throw.
  for (let at = driverError(error), depth = 0; at instanceof Error && depth < 4; depth++) {
    const [, status] = HTTP_STATUS.exec(at.message) ?? []
    const code = ownCode(at) || (status && `HTTP_${status}`)
    if (code) return code
    if (at.name === 'TimeoutError') return 'TIMEOUT'
    at = 'sourceError' in at && at.sourceError ? at.sourceError : at.cause
  }
  return undefined
}

/** A refused log-in is told with the name of who would have logged in. */
const UNSAID = /^28/

/** The same for whoever migrates, with Postgres' words, which name what is missing or in the way. */
export function migrationFailure(error: unknown): string {
  if (error instanceof MigrationRefused) return error.message
  const { name, message } = error instanceof Error ? error : new Error('unknown')
  const state = sqlState(error)
  return state && !UNSAID.test(state) ? `${state} ${message}` : (failureCode(error) ?? name)
}

function ownCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** True where the write ran into a unique constraint (SQLSTATE 23505), whatever the driver. */
export function isDuplicate(error: unknown): boolean {
  return sqlState(error) === '23505'
}

/** True where the database can be read and not be written to (SQLSTATE 25006). */
export function isReadOnly(error: unknown): boolean {
  return sqlState(error) === '25006'
}

/** True for what a later try may cure; a statement that is simply wrong is not that. */
export function isUnavailable(error: unknown): boolean {
  if (driverError(error) instanceof DatabaseUnavailable) return true
  if (!(error instanceof DrizzleQueryError)) return false
  const state = sqlState(error)
  return state === undefined || PASSING.test(state)
}
