import { eq, or, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { statement } from '../../database/statement.ts'
import { param } from '../../database/steps.ts'
import { credentials, users } from '../../models/index.ts'

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
      .returning({
        id: users.id,
        username: users.username,
        email: users.email,
        createdAt: users.createdAt,
      }),
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
  return db.with(created, secured).select().from(created).prepare('insert_user')
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
  if (!created) throw new Error('the new user was not returned')
  return created
}

const selectTaken = statement((db) =>
  db
    .select({
      username: sql<boolean>`coalesce(bool_or(${users.usernameKey} = ${param('usernameKey', 'text')}), false)`,
      email: sql<boolean>`coalesce(bool_or(${users.emailKey} = ${param('emailKey', 'text')}), false)`,
    })
    .from(users)
    .where(
      or(
        eq(users.usernameKey, param('usernameKey', 'text')),
        eq(users.emailKey, param('emailKey', 'text')),
      ),
    )
    .prepare('select_taken'),
)

/** Which of two identifiers belong to somebody; for the answer to a sign-up that was refused. */
export async function findTaken(db: Database, keys: { usernameKey: string; emailKey: string }) {
  const [taken] = await selectTaken(db).execute(keys)
  return taken ?? { username: false, email: false }
}
