import { eq, type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { asked } from '../../../database/asked.ts'
import type { Database } from '../../../database/index.ts'
import { databaseTime, instant } from '../../../database/instants.ts'
import { param } from '../../../database/params.ts'
import { statement } from '../../../database/statement.ts'
import { credentials, users } from '../../../models/index.ts'

const theUser = asked({ id: 'uuid' })

const insertUser = statement((db) => {
  const created = db.$with('created').as(
    db
      .insert(users)
      .values({
        id: param('id', 'uuid'),
        username: param('username', 'text'),
        usernameKey: param('usernameKey', 'text'),
        email: param('email', 'text'),
        emailKey: param('emailKey', 'text'),
      })
      .returning({ id: users.id, createdAt: users.createdAt }),
  )
  const secured = db.$with('secured').as(
    db
      .insert(credentials)
      .select(
        db
          .select({
            userId: created.id,
            passwordHash: sql`${param('passwordHash', 'text')}`.as('password_hash'),
            updatedAt: created.createdAt,
          })
          .from(created),
      )
      .returning({ userId: credentials.userId }),
  )
  return db
    .with(created, secured)
    .select({
      ...theUser.echo,
      ...databaseTime,
      createdAt: instant(created.createdAt),
    })
    .from(theUser.from)
    .leftJoin(created, sql`true`)
    .prepare('insert_user')
})

export type NewUser = {
  id: string
  username: string
  usernameKey: string
  email: string
  emailKey: string
  passwordHash: string
}

/** Stores user and password hash together; a taken identifier makes it throw a unique violation. One round trip. */
export async function createUser(db: Database, user: NewUser) {
  const [created] = await insertUser(db).execute(user)
  if (!created?.createdAt) throw new Error('the new user was not returned')
  return { id: user.id, username: user.username, email: user.email, createdAt: created.createdAt }
}

const theKeys = asked({ usernameKey: 'text', emailKey: 'text' })

const selectTaken = statement((db) =>
  db
    .select({
      ...theKeys.echo,
      username: isTaken(db, users.usernameKey, theKeys.columns.usernameKey),
      email: isTaken(db, users.emailKey, theKeys.columns.emailKey),
    })
    .from(theKeys.from)
    .prepare('select_taken'),
)

function isTaken(db: Database, column: PgColumn, key: SQL): SQL<boolean> {
  return sql`exists ${db.select({ id: users.id }).from(users).where(eq(column, key))}`
}

/** Which of two identifiers belong to somebody; for the answer to a sign-up that was refused. */
export async function findTaken(db: Database, keys: { usernameKey: string; emailKey: string }) {
  const [taken] = await selectTaken(db).execute(keys)
  return taken ?? { username: false, email: false }
}
