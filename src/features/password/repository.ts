import { and, eq, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { statement } from '../../database/statement.ts'
import { isCaller, param } from '../../database/steps.ts'
import { credentials, sessions, users } from '../../models/index.ts'

const selectOwnAccount = statement((db) =>
  db
    .select({
      usernameKey: users.usernameKey,
      emailKey: users.emailKey,
      passwordHash: credentials.passwordHash,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .innerJoin(credentials, eq(credentials.userId, users.id))
    .where(isCaller())
    .prepare('select_own_account'),
)

/** What a password change needs to know of the caller, if the caller's session still lives; one round trip. */
export async function findOwnAccount(db: Database, caller: { sessionId: string; userId: string }) {
  const [account] = await selectOwnAccount(db).execute(caller)
  return account
}

const replace = statement((db) => {
  const epochMoved = db.$with('epoch_moved').as(
    db
      .update(users)
      .set({
        sessionEpoch: sql`${users.sessionEpoch} + 1`,
        keptSessionId: param('sessionId', 'uuid'),
        updatedAt: sql`now()`,
      })
      .from(sessions)
      .where(isCaller())
      .returning({ id: users.id }),
  )
  return db
    .with(epochMoved)
    .update(credentials)
    .set({ passwordHash: param('newHash', 'text'), updatedAt: sql`now()` })
    .from(epochMoved)
    .where(
      and(
        eq(credentials.userId, epochMoved.id),
        eq(credentials.passwordHash, param('oldHash', 'text')),
      ),
    )
    .returning({ userId: credentials.userId })
    .prepare('replace_password')
})

type Replacement = { userId: string; sessionId: string; oldHash: string; newHash: string }

/**
 * Replaces the hash that was checked and ends all sessions but the caller's, in one statement. False where the caller's
 * session ended meanwhile or the hash is no longer the one that was checked.
 */
export async function replacePassword(db: Database, replacement: Replacement): Promise<boolean> {
  const replaced = await replace(db).execute(replacement)
  return replaced.length > 0
}
