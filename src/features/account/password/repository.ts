import { and, eq, sql } from 'drizzle-orm'
import { isCaller } from '../../../core/sessions/predicates.ts'
import { asked } from '../../../database/asked.ts'
import type { Database } from '../../../database/index.ts'
import { databaseTime } from '../../../database/instants.ts'
import { param } from '../../../database/params.ts'
import { statement } from '../../../database/statement.ts'
import { credentials, sessions, users } from '../../../models/index.ts'

const theCaller = asked({ sessionId: 'uuid', userId: 'uuid' })

const selectOwnAccount = statement((db) => {
  const found = db
    .select({
      usernameKey: users.usernameKey,
      emailKey: users.emailKey,
      passwordHash: credentials.passwordHash,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .innerJoin(credentials, eq(credentials.userId, users.id))
    .where(isCaller(theCaller.columns))
    .as('found')
  const { usernameKey, emailKey, passwordHash } = found
  return db
    .select({ ...theCaller.echo, ...databaseTime, usernameKey, emailKey, passwordHash })
    .from(theCaller.from)
    .leftJoinLateral(found, sql`true`)
    .prepare('select_own_account')
})

export type OwnAccount = { usernameKey: string; emailKey: string; passwordHash: string }

/** What a password change needs to know of the caller, if the caller's session still lives; one round trip. */
export async function findOwnAccount(
  db: Database,
  caller: { sessionId: string; userId: string },
): Promise<OwnAccount | undefined> {
  const [found] = await selectOwnAccount(db).execute(caller)
  return found && found.passwordHash !== null ? (found as OwnAccount) : undefined
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
  const replaced = db.$with('replaced').as(
    db
      .update(credentials)
      .set({ passwordHash: param('newHash', 'text'), updatedAt: sql`now()` })
      .from(epochMoved)
      .where(
        and(
          eq(credentials.userId, epochMoved.id),
          eq(credentials.passwordHash, param('oldHash', 'text')),
        ),
      )
      .returning({ userId: credentials.userId }),
  )
  return db
    .with(epochMoved, replaced)
    .select({ ...theCaller.echo, ...databaseTime, replacedFor: replaced.userId })
    .from(theCaller.from)
    .leftJoin(replaced, sql`true`)
    .prepare('replace_password')
})

type Replacement = { userId: string; sessionId: string; oldHash: string; newHash: string }

/**
 * Replaces the hash that was checked and ends all sessions but the caller's, in one statement. False where the caller's
 * session ended meanwhile or the hash is no longer the one that was checked.
 */
export async function replacePassword(db: Database, replacement: Replacement): Promise<boolean> {
  const [found] = await replace(db).execute(replacement)
  return found?.replacedFor != null
}
