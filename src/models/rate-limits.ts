import { date, index, text } from 'drizzle-orm/pg-core'
import { instantColumn, ownSchema } from './schema.ts'

/**
 * How much of each limit is used up, by GCRA: one moment a key. What is not here is untouched. Keys are pseudonyms and
 * ids, so that no identifier or address stands here.
 */
export const rateLimits = ownSchema.table(
  'rate_limits',
  {
    key: text().primaryKey(),
    /** The theoretical arrival time: from then on nothing of the limit is used up. */
    tat: instantColumn('tat').notNull(),
    /** The day (UTC) after which the row is useless. It is only a day, so that most tries change no index. */
    purgeOn: date('purge_on').notNull(),
  },
  (table) => [index('rate_limits_purge_on').on(table.purgeOn.asc())],
)
