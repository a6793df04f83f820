import { sql } from 'drizzle-orm'
import { failureCode } from '../../database/errors.ts'
import { statement } from '../../database/statement.ts'
import type { CoreDeps } from '../deps.ts'
import { tryForgiven } from './steps.ts'
import { NONE } from './tries.ts'

const forgive = statement(
  { name: 'forgive_try', kind: 'write', params: { receipt: 'text' } },
  (db, p) => {
    const { steps, forgiven } = tryForgiven(db, p, sql`true`)
    return db
      .with(...steps)
      .select({ rows: sql<number>`count(*)::int` })
      .from(forgiven)
  },
)

/** Takes back what a try counted for that the service did not judge. A failure is logged, and the try stays counted. */
export async function forgiveTry(
  { db, logger }: Pick<CoreDeps, 'db' | 'logger'>,
  receipt: string,
): Promise<void> {
  if (receipt === NONE) return
  try {
    await forgive(db, { receipt })
  } catch (error) {
    logger.warn('try_not_forgiven', { code: failureCode(error) ?? 'UNKNOWN' })
  }
}
