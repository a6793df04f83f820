import { eq, type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { stateChange } from '../../../core/audit/state-change.ts'
import type { Database } from '../../../database/index.ts'
import { instant } from '../../../database/instants.ts'
import { read } from '../../../database/read.ts'
import { credentials, users } from '../../../models/index.ts'

/** Stores the user and the password hash together. Throws a unique violation if an identifier is taken. */
export const insertUser = stateChange({
  name: 'insert_user',
  params: {
    id: 'uuid',
    username: 'text',
    usernameKey: 'text',
    email: 'text',
    emailKey: 'text',
    passwordHash: 'text',
  },
  change(db, p) {
    const { passwordHash, ...identity } = p
    const created = db
      .$with('created')
      .as(db.insert(users).values(identity).returning({ id: users.id, createdAt: users.createdAt }))
    const secured = db.$with('secured').as(
      db
        .insert(credentials)
        .select(
          db
            .select({
              userId: created.id,
              passwordHash: passwordHash.as('password_hash'),
              updatedAt: created.createdAt,
            })
            .from(created),
        )
        .returning({ userId: credentials.userId }),
    )
    return {
      steps: [created, secured],
      records: { event: 'user_created', of: created },
      answers: { from: [created], columns: { createdAt: instant(created.createdAt) } },
    }
  },
})

/** Tells which of two identifiers are taken, for the answer to a refused sign-up. */
export const selectTaken = read({
  name: 'select_taken',
  params: { usernameKey: 'text', emailKey: 'text' },
  find: (db, p) =>
    db
      .select({
        username: isTaken(db, users.usernameKey, p.usernameKey).as('username'),
        email: isTaken(db, users.emailKey, p.emailKey).as('email'),
      })
      .from(sql`(values (1)) as one`),
})

function isTaken(db: Database, column: PgColumn, key: SQL): SQL<boolean> {
  return sql`exists ${db.select({ id: users.id }).from(users).where(eq(column, key))}`
}
