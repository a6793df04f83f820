import { and, eq, isNull, sql } from 'drizzle-orm'
import { isCaller } from '../../../core/sessions/predicates.ts'
import { asked } from '../../../database/asked.ts'
import type { Database } from '../../../database/index.ts'
import { databaseTime } from '../../../database/instants.ts'
import { param } from '../../../database/params.ts'
import { statement } from '../../../database/statement.ts'
import { sessions, users } from '../../../models/index.ts'

const theCaller = asked({ sessionId: 'uuid', userId: 'uuid' })

const revoke = statement((db) => {
  const revoked = db.$with('revoked').as(
    db
      .update(sessions)
      .set({ revokedAt: sql`now()` })
      .where(
        and(
          eq(sessions.id, param('sessionId', 'uuid')),
          eq(sessions.userId, param('userId', 'uuid')),
          isNull(sessions.revokedAt),
        ),
      )
      .returning({ id: sessions.id }),
  )
  return db
    .with(revoked)
    .select({ ...theCaller.echo, ...databaseTime })
    .from(theCaller.from)
    .prepare('revoke_session')
})

/** Ends a session by its handle; one round trip, and a second time changes nothing. */
export async function revokeCaller(
  db: Database,
  key: { sessionId: string; userId: string },
): Promise<void> {
  await revoke(db).execute(key)
}

const move = statement((db) => {
  const moved = db.$with('moved').as(
    db
      .update(users)
      .set({ sessionEpoch: sql`${users.sessionEpoch} + 1`, keptSessionId: param('keptId', 'uuid') })
      .from(sessions)
      .where(isCaller())
      .returning({ id: users.id }),
  )
  return db
    .with(moved)
    .select({ ...theCaller.echo, ...databaseTime, movedId: moved.id })
    .from(theCaller.from)
    .leftJoin(moved, sql`true`)
    .prepare('move_session_epoch')
})

type Caller = { sessionId: string; userId: string; keptId: string | null }

/** Moves the user's epoch, which ends all sessions but the kept one; false where the caller's own no longer lives. */
export async function moveEpoch(db: Database, caller: Caller): Promise<boolean> {
  const [found] = await move(db).execute(caller)
  return found?.movedId != null
}
