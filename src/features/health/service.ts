import { isReadOnly, isUnavailable, sqlState } from '../../database/errors.ts'
import { SCHEMA_VERSION } from '../../database/schema-version.ts'
import type { Deps } from '../../deps.ts'
import { AppError } from '../../errors.ts'
import { findLatestMigration } from './repository.ts'

const NOT_MIGRATED = new Set(['42P01', '3F000'])

/** Refuses with the reason when the database cannot be reached or written to, or has not the schema of this version. */
export async function checkReadiness({ db }: Deps): Promise<void> {
  const applied = await findLatestMigration(db).catch((cause: unknown) => {
    if (!isUnavailable(cause)) throw cause
    if (NOT_MIGRATED.has(sqlState(cause) ?? '')) return 0
    const detail = isReadOnly(cause)
      ? 'The database can be read, but not written to.'
      : 'The database does not answer.'
    throw new AppError('service_unavailable', { detail, cause })
  })
  if (applied < SCHEMA_VERSION) {
    throw new AppError('service_unavailable', {
      detail: 'The database schema is older than this version needs. Run: npm run db:migrate',
    })
  }
}
