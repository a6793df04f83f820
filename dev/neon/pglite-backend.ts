import { setTimeout as sleep } from 'node:timers/promises'
import type { Embedded } from '../../src/database/embedded/open.ts'
import type { Session } from '../../src/database/embedded/session.ts'
import { extendedQuery, readAnswer } from '../../src/database/embedded/wire.ts'
import { type Backend, type Credentials, checkCredentials, type Run, SCRUB } from './backend.ts'
import { ReportedError, refusal } from './errors.ts'

// Most statements end by themselves sooner than the engine could be restarted.
const GRACE_MS = 100

const runOn =
  (session: Session): Run =>
  async (text, params) => {
    if (text.includes('\0')) throw refusal.nulInQuery()
    const { outcomes, error, copied } = readAnswer(await session.raw(extendedQuery(text, params)))
    if (copied) throw refusal.unexpectedMessage()
    if (error) throw new ReportedError({ ...error, message: error.message })
    const [outcome] = outcomes
    if (!outcome) throw new Error('The embedded database gave no outcome')
    return outcome
  }

async function interruptWhenAborted(embedded: Embedded, hangUp: AbortSignal, done: AbortSignal) {
  const aborted = new Promise((resolve) => {
    hangUp.addEventListener('abort', resolve, { signal: done })
  })
  await aborted
  await sleep(GRACE_MS)
  if (!done.aborted) await embedded.interrupt()
}

/** Serves an embedded database, one request at a time, under the one name and password given. An
 * abandoned query is stopped by restarting the engine, which only a database in a folder survives:
 * in memory it runs to its end. The embedded database remains the caller's to close. */
export function pgliteBackend(embedded: Embedded, owner: Credentials): Backend {
  return {
    async use(who, hangUp, task) {
      checkCredentials(who, owner)
      return new Promise((resolve, reject) => {
        const turn = embedded.exclusive(async (session) => {
          if (hangUp.aborted) return reject(refusal.cancelled())
          const done = new AbortController()
          const watch = interruptWhenAborted(embedded, hangUp, done.signal)
          watch.catch(() => undefined)
          await task(runOn(session)).then(resolve, reject)
          done.abort()
          await session.exec(SCRUB)
        })
        // After the answer, a scrub that fails can only mean an engine past use.
        turn.catch((error: unknown) => {
          reject(error)
          return embedded.interrupt()
        })
      })
    },
    close: () => Promise.resolve(),
  }
}
