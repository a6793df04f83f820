import { isReadOnly, isUnavailable, sqlState } from '../../../database/errors.ts'
import { SCHEMA_VERSION } from '../../../database/schema/version.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import {
  type FoundTable,
  findSchemaState,
  findTables,
  findVersion,
  NEEDED_TABLES,
  type SchemaState,
} from './repository.ts'

const MIGRATE = 'Run: npm run db:migrate'
const GRANT = 'The rights it needs: npm run db:grants'

/** SQLSTATEs: undefined table, undefined column, missing right, undefined schema. */
const INCOMPLETE = new Set(['42P01', '42703', '42501', '3F000'])

/**
 * Throws `service_unavailable` with the reason if the database cannot be reached or written to. Throws it too if a
 * table or column that this version needs is missing or may not be used. A newer schema that still has them all is
 * accepted, because migrations run before the new version is deployed.
 */
export async function checkReadiness(deps: Deps): Promise<void> {
  const state = await schemaState(deps)
  if (!state?.isUsable) throw notReady(await shortcomings(deps))
  if (state.version < SCHEMA_VERSION) {
    throw notReady(`The database schema is older than this version needs. ${MIGRATE}`)
  }
}

/** Returns undefined if the schema is incomplete or may not be used. */
async function schemaState({ db, config }: Deps): Promise<SchemaState | undefined> {
  try {
    return await findSchemaState(db, config.database.schema)
  } catch (cause) {
    if (INCOMPLETE.has(sqlState(cause) ?? '')) return undefined
    throw refusal(cause)
  }
}

/** Describes what is missing. It runs only after the first check has failed. */
async function shortcomings({ db, config }: Deps): Promise<string> {
  const { schema } = config.database
  const found = await findTables(db, schema).catch((cause: unknown) => {
    throw refusal(cause)
  })
  const missing = missingFrom(found)
  if (missing.length === 0) return inTheWay(found, schema)
  const isNewer = (await findVersion(db).catch(() => 0)) > SCHEMA_VERSION
  return isNewer
    ? `The database is of a newer version, and has no more ${missing.join(', ')}. Deploy that version.`
    : `The database lacks, in the schema ${schema}, ${missing.join(', ')}. ${MIGRATE}`
}

function missingFrom(found: FoundTable[]): string[] {
  if (found.length === 0) return ['all tables']
  return NEEDED_TABLES.flatMap(({ name, columns }) => {
    const table = found.find((one) => one.name === name)
    if (!table) return [`the table ${name}`]
    return columns
      .filter((column) => !table.columns.has(column))
      .map((column) => `the column ${name}.${column}`)
  })
}

/** Describes why the role cannot use a complete schema. */
function inTheWay(found: FoundTable[], schema: string): string {
  const needed = NEEDED_TABLES.flatMap(({ name, isWritten }) =>
    found.filter((table) => table.name === name).map((table) => ({ ...table, isWritten })),
  )
  const namesOf = (is: (table: (typeof needed)[number]) => boolean) =>
    needed
      .filter(is)
      .map(({ name }) => name)
      .join(', ')
  const guarded = namesOf(({ hasRowSecurity }) => hasRowSecurity)
  if (guarded) return `Row-level security hides rows from the database role, in: ${guarded}`
  const shutOut = namesOf(({ ownerMayUseSchema }) => !ownerMayUseSchema)
  if (shutOut) return `The owner may not use the schema ${schema} itself, of: ${shutOut}. ${GRANT}`
  const unread = namesOf(({ mayRead }) => !mayRead)
  const unwritten = namesOf(({ isWritten, mayWrite }) => isWritten && !mayWrite)
  const lacks = needed.some(({ mayUseSchema }) => !mayUseSchema)
    ? [`may not use the schema ${schema}`]
    : [unread && `may not read ${unread}`, unwritten && `may not write to ${unwritten}`]
  const words = lacks.filter(Boolean).join(' and ') || 'may not do what is needed'
  return `The database role ${words}. ${GRANT}`
}

function refusal(cause: unknown): unknown {
  if (!isUnavailable(cause)) return cause
  const detail = isReadOnly(cause)
    ? 'The database can be read, but not written to.'
    : 'The database does not answer.'
  return notReady(detail, cause)
}

function notReady(detail: string, cause?: unknown): AppError {
  return new AppError('service_unavailable', { detail, ...(cause !== undefined && { cause }) })
}
