import { eq } from 'drizzle-orm'
import { batched } from '../../database/batched-reads.ts'
import type { Database } from '../../database/index.ts'
import { read, readMany } from '../../database/read.ts'
import { AppError } from '../../errors.ts'
import { sessions, users } from '../../models/index.ts'
import { type Account, accountColumns, accountOf } from '../accounts/account.ts'
import type { CoreDeps } from '../deps.ts'
import { type CallerParams, isCaller } from './predicates.ts'
import type { SessionRef } from './session.ts'

/** The authenticated user, and the session that the token belongs to. */
export type Actor = Account & { sessionId: string }

/** The account of a session that is live. */
const find = (db: Database, p: CallerParams) =>
  db
    .select(accountColumns())
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(isCaller(p))

// Two statements, because Postgres plans one over lists anew each time that the lists are short.
const selectActor = read({
  name: 'select_actor',
  params: { sessionId: 'uuid', userId: 'uuid' },
  find,
})
const selectActors = readMany({
  name: 'select_actors',
  params: { sessionId: 'uuid[]', userId: 'uuid[]' },
  find,
})

const findActor = batched({
  one: async (db, key: SessionRef) => (await selectActor(db, key))[0],
  many: selectActors,
})

/**
 * Returns the user and session of an access token. Throws `token_invalid` if the session has ended, even a moment ago.
 */
export async function authenticate(
  { db }: CoreDeps,
  { userId, sessionId }: SessionRef,
): Promise<Actor> {
  const found = await findActor(db, { sessionId, userId })
  if (!found) throw new AppError('token_invalid')
  return { ...accountOf(found), sessionId }
}

/** Returns the session of an authenticated user, for a statement that checks it once more. */
export function sessionOf({ id: userId, sessionId }: Actor): SessionRef {
  return { userId, sessionId }
}
