import { sql } from 'drizzle-orm'
import { check, index, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { instantColumn, ownSchema } from './schema.ts'
import { users } from './users.ts'

/** Named sets of permissions. Two are built in: `admin`, and `user`, which every account has without a row. */
export const roles = ownSchema.table(
  'roles',
  {
    /** Never changes, because tokens and other services know it. */
    name: text().primaryKey(),
    description: text().notNull().default(''),
    permissions: text().array().notNull().default(sql`'{}'`),
    createdAt: instantColumn('created_at').notNull().defaultNow(),
    updatedAt: instantColumn('updated_at').notNull().defaultNow(),
  },
  // Statements list roles with their permissions as one text.
  (table) => [check('roles_name_form', sql`${table.name} ~ '^[a-z][a-z0-9_.-]{0,31}$'`)],
)

/** The roles that users were granted. */
export const userRoles = ownSchema.table(
  'user_roles',
  {
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    role: text()
      .notNull()
      .references(() => roles.name, { onDelete: 'cascade' }),
    grantedAt: instantColumn('granted_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.role] }),
    // Lists the users of a role, in the order of their ids.
    index('user_roles_role').on(table.role.asc(), table.userId.asc()),
  ],
)
