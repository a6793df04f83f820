import type { Embedded } from '../../src/database/embedded/open.ts'
import { SCRUB } from '../../src/database/embedded/scrub.ts'
import { peerOf } from '../../src/database/pglite.ts'
import { type Backend, type Credentials, checkCredentials } from './backend.ts'
import { poolBackend } from './pool-backend.ts'

/** An engine is stopped by starting it anew, and most statements end by themselves sooner. */
const GRACE_MS = 100

/**
 * Serves an embedded database by its one session, under the one name and password given. An abandoned statement is
 * stopped with the engine, which only a database in a folder survives: in memory it runs to its end. The embedded database
 * remains the caller's to close.
 */
export function pgliteBackend(embedded: Embedded, owner: Credentials): Backend {
  const { client, cancel } = peerOf(embedded)
  const { use, close } = poolBackend({
    client,
    // Each connection finds the session as the last one left it.
    pool: { max: 1, onConnect: (session) => session.query(SCRUB) },
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
