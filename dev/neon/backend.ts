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
/** The result of one statement. An empty statement has the tag `''`. */
export type Outcome = { fields: Field[]; rows: Cell[][]; tag: string }

/** Runs one statement. It need not deliver rows beyond `budget` bytes of text. */
export type Run = (text: string, params: Cell[], budget: number) => Promise<Outcome>

export type Backend = {
  /** Gives the task a scrubbed session of its own. A hang-up stops the running statement. */
  use<T>(who: Credentials, hangUp: AbortSignal, task: (run: Run) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Refuses, as Postgres would, any user and database but the one of each. */
export function checkCredentials(who: Credentials, own: Credentials): void {
  if (who.user !== own.user || who.password !== own.password) throw refusal.wrongPassword(who.user)
  if (who.database !== own.database) throw refusal.noDatabase(who.database)
}
