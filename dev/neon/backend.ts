import type { Cell, Outcome } from '../../src/database/embedded/wire.ts'
import { refusal } from './errors.ts'

export type Credentials = { user: string; password: string; database: string }

/** Runs one statement; rows beyond `budget` bytes of text need not be delivered. */
export type Run = (text: string, params: Cell[], budget: number) => Promise<Outcome>

export type Backend = {
  /** Lends a scrubbed session of its own to the task; a hang-up stops the running statement. */
  use<T>(who: Credentials, hangUp: AbortSignal, task: (run: Run) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Leaves a session as if it had just been opened, so that no request sees another's settings. */
export const SCRUB =
  'ROLLBACK; CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; DEALLOCATE ALL; UNLISTEN *; ' +
  'SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES'

/** Refuses all but the one user and database there are, as Postgres would. */
export function checkCredentials(who: Credentials, own: Credentials): void {
  if (who.user !== own.user || who.password !== own.password) throw refusal.wrongPassword(who.user)
  if (who.database !== own.database) throw refusal.noDatabase(who.database)
}
