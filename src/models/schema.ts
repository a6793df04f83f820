import { pgSchema, timestamp } from 'drizzle-orm/pg-core'

/**
 * The schema of all tables, so that they clash with no other tables. `DATABASE_SCHEMA` replaces its name when a
 * statement is built, and when a migration is read.
 */
export const OWN_SCHEMA = 'edge_auth'

export const ownSchema = pgSchema(OWN_SCHEMA)

/** A column for a moment in time, as a Date. */
export const instantColumn = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })
