import type { CoreDeps } from './deps.ts'
import { purgeSessions } from './sessions/purge.ts'

const SLICE = 1000
/** One run ends after so many slices; the next goes on where it stopped. */
const MAX_SLICES = 100

/** Removes sessions that ended long enough ago, in slices small enough to hold nobody up, and gives their number. */
export async function cleanUp({ db, logger }: Pick<CoreDeps, 'db' | 'logger'>): Promise<number> {
  let removed = 0
  for (let slice = 0; slice < MAX_SLICES; slice++) {
    const count = await purgeSessions(db, SLICE)
    removed += count
    if (count < SLICE) break
  }
  logger.info('cleanup', { sessions_removed: removed })
  return removed
}
