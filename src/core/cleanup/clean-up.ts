import { failureCode } from '../../database/errors.ts'
import type { CoreDeps } from '../deps.ts'
import { PURGES } from './purge.ts'

const SLICE = 1000
/** One run ends each kind after this many slices. The next run continues there. */
const MAX_SLICES = 100

type Kind = keyof typeof PURGES
type Removed = Record<Kind, number>

type Deps = Pick<CoreDeps, 'db' | 'logger'> & { config: Pick<CoreDeps['config'], 'audit'> }

/**
 * Deletes what is of no more use, such as expired sessions, and returns the number of each kind. The slices are small, so
 * that no request waits long. A kind that fails is logged and does not keep the others; its next run continues.
 */
export async function cleanUp({ db, logger, config }: Deps): Promise<Removed> {
  const kinds = Object.keys(PURGES) as Kind[]
  const removed = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Removed
  for (const kind of kinds) {
    try {
      for (let slice = 0; slice < MAX_SLICES; slice++) {
        const count = await PURGES[kind](db, SLICE, config)
        removed[kind] += count
        if (count < SLICE) break
      }
    } catch (error) {
      logger.error('cleanup_failed', { kind, code: failureCode(error) })
    }
  }
  logger.info(
    'cleanup',
    Object.fromEntries(kinds.map((kind) => [`${kind}_removed`, removed[kind]])),
  )
  return removed
}
