import { z } from 'zod'
import { connectionStringFault } from '../database/connection-string.ts'
import type { DatabaseSettings } from '../database/settings.ts'
import { OWN_SCHEMA } from '../models/schema.ts'
import { isHttpUrl, type Rule, text, type ValuesOf, wholeNumber } from './kinds.ts'

/** What DATABASE_URL says where the embedded database is meant. */
export const EMBEDDED = 'embedded'

/** The driver reads its parts (database/tcp/address.ts). */
const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\/\S+$/, 'must be a postgres:// connection string')
  .refine((value) => !/\/\/(username|user):password@/i.test(value), 'is still the placeholder')
  .superRefine((value, context) => {
    const fault = connectionStringFault(value)
    if (fault) context.addIssue(fault)
  })
const databaseUrl = z.string().transform((value, context) => {
  if (value === EMBEDDED) return undefined
  const { data, error } = postgresUrl.safeParse(value)
  for (const { message } of error?.issues ?? []) context.addIssue(message)
  return data
})

/** Postgres silently cuts longer names, and reserves those that begin with pg_. */
const schemaName = z
  .string()
  .regex(
    /^(?!pg_|information_schema$)[A-Za-z_][A-Za-z0-9_-]{0,62}$/,
    "must be a name of letters, digits, _ and -, and none of Postgres' own",
  )

export const variables = {
  DATABASE_URL: databaseUrl.optional(),
  NEON_HTTP_ENDPOINT: z.string().refine(isHttpUrl, 'must be an http(s) URL').optional(),
  DATABASE_SCHEMA: schemaName.default(OWN_SCHEMA),
  DATABASE_POOL_SIZE: wholeNumber(1, 100).optional(),
  DATABASE_POOLER: z.enum(['session', 'transaction'], 'must be session or transaction').optional(),
  DATA_FOLDER: text(1000).default('.data/postgres'),
}

type Values = ValuesOf<typeof variables>

export const rules: Rule<Values>[] = [
  {
    at: 'NEON_HTTP_ENDPOINT',
    holds: (values) => values.NEON_HTTP_ENDPOINT === undefined || values.DATABASE_URL !== undefined,
    error: 'needs DATABASE_URL beside it',
  },
]

/** Production names its database: without one, a slip in a name would begin an empty database of its own. */
export function requiredOnNode({ NODE_ENV }: Record<string, unknown>): Record<string, string> {
  if (NODE_ENV !== 'production') return {}
  const reason = `is required with NODE_ENV=production; ${EMBEDDED} means the embedded database`
  return { DATABASE_URL: reason }
}

export function settings(values: Values): DatabaseSettings {
  return {
    url: values.DATABASE_URL,
    neonHttpEndpoint: values.NEON_HTTP_ENDPOINT,
    folder: values.DATA_FOLDER,
    schema: values.DATABASE_SCHEMA,
    poolSize: values.DATABASE_POOL_SIZE,
    pooler: values.DATABASE_POOLER,
  }
}
