import type { Embedded } from '../../src/database/embedded/open.ts'
import { RESET_SESSION } from '../../src/database/embedded/reset-session.ts'
import { peerOf } from '../../src/database/pglite.ts'
import { type Backend, type Credentials, checkCredentials } from './backend.ts'
import { poolBackend } from './pool-backend.ts'

/** A stop restarts the engine, and most statements end sooner by themselves. */
const GRACE_MS = 100

/**
 * Serves an embedded database with its one session, under the given name and password. Stopping an abandoned statement
 * restarts the engine. A database in memory would not survive that, so there the statement runs to its end. The caller
 * must close the embedded database.
 */
export function pgliteBackend(embedded: Embedded, owner: Credentials): Backend {
  const { client, cancel } = peerOf(embedded)
  const { use, close } = poolBackend({
    client,
    // Each connection finds the session as the last one left it.
    pool: { max: 1, onConnect: (session) => session.query(RESET_SESSION) },
    graceMs: GRACE_MS,
    cancel,
  })
  return {
    async use(who, hangUp, task) {
      checkCredentials(who, owner)
      return use({ user: 'postgres', password: '', database: 'postgres' }, hangUp, task)
    },
    close,
  }
}
