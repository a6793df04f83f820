import { sql } from 'drizzle-orm'
import { check, text, uuid } from 'drizzle-orm/pg-core'
import { instantColumn, ownSchema } from './schema.ts'
import { users } from './users.ts'

/** Password hashes, apart from `users` so that no query for a user can return one. */
export const credentials = ownSchema.table(
  'credentials',
  {
    userId: uuid('user_id')
      .primaryKey()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
    passwordHash: text('password_hash').notNull(),
    updatedAt: instantColumn('updated_at').notNull().defaultNow(),
  },
  (table) => [check('credentials_hash_is_phc', sql`${table.passwordHash} like '$%'`)],
)
