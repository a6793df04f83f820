import { refusal } from './errors.ts'

export type Credentials = { user: string; password: string; database: string }

export type Field = {
  name: string
  tableID: number
  columnID: number
  dataTypeID: number
  dataTypeSize: number
  dataTypeModifier: number
}
/** A value as Postgres writes it. */
export type Cell = string | null
/** One statement's outcome; an empty statement has the tag `''`. */
export type Outcome = { fields: Field[]; rows: Cell[][]; tag: string }

/** Runs one statement; rows beyond `budget` bytes of text need not be delivered. */
export type Run = (text: string, params: Cell[], budget: number) => Promise<Outcome>

export type Backend = {
  /** Lends a scrubbed session of its own to the task; a hang-up stops the running statement. */
  use<T>(who: Credentials, hangUp: AbortSignal, task: (run: Run) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Refuses all but the one user and database there are, as Postgres would. */
export function checkCredentials(who: Credentials, own: Credentials): void {
  if (who.user !== own.user || who.password !== own.password) throw refusal.wrongPassword(who.user)
  if (who.database !== own.database) throw refusal.noDatabase(who.database)
}
