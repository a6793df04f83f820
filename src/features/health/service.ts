import { isUnavailable, sqlState } from '../../database/errors.ts'
import type { Deps } from '../../deps.ts'
import { AppError } from '../../errors.ts'
import { findLatestMigration, LATEST_MIGRATION } from './repository.ts'

const NOT_MIGRATED = new Set(['42P01', '3F000'])

/** Refuses with the reason when the database cannot be reached or its schema is not the one this version was written for. */
export async function checkReadiness({ db }: Deps): Promise<void> {
  const applied = await findLatestMigration(db).catch((cause: unknown) => {
    if (!isUnavailable(cause)) throw cause
    if (NOT_MIGRATED.has(sqlState(cause) ?? '')) return 0
    throw new AppError('service_unavailable', { detail: 'The database does not answer.', cause })
  })
  if (applied < LATEST_MIGRATION) {
    throw new AppError('service_unavailable', {
      detail: 'The database schema is older than this version needs. Run: npm run db:migrate',
    })
  }
}
