import journal from '../../../drizzle/meta/_journal.json' with { type: 'json' }

/** When the newest migration of this version was generated. The journal in the database records the same number. */
export const SCHEMA_VERSION = Math.max(...journal.entries.map((entry) => entry.when))
