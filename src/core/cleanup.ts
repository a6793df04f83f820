import type { CoreDeps } from './deps.ts'
import { purgeSessions } from './sessions/purge.ts'

const SLICE = 1000
/** One run ends after this many slices. The next run continues there. */
const MAX_SLICES = 100

/**
 * Deletes sessions past their purge day and returns their number. The slices are small, so that no request waits long.
 */
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
