import { pgSchema } from 'drizzle-orm/pg-core'

/**
 * The schema that holds all tables, so that they meet nobody else's. `DATABASE_SCHEMA` puts another name in its place when
 * a statement is built, and when a migration is read.
 */
export const OWN_SCHEMA = 'edge_auth'

export const ownSchema = pgSchema(OWN_SCHEMA)
