import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { statement } from '../../database/statement.ts'
import { callerStep, dayOf, isCaller, isLive, param, secondsFromNow } from '../../database/steps.ts'
import { sessions, users } from '../../models/index.ts'

const account = {
  id: users.id,
  username: users.username,
  email: users.email,
  createdAt: users.createdAt,
}

const selectActor = statement((db) =>
  db
    .select(account)
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(isCaller())
    .prepare('select_actor'),
)

/** The user of a session that still lives; one round trip. */
export async function findActor(db: Database, key: { sessionId: string; userId: string }) {
  const [user] = await selectActor(db).execute(key)
  return user
}

const isCurrent = sql`${sessions.generation} = ${param('generation', 'int')}`
const idleExpiry = sql`least(${secondsFromNow('idleSeconds')}, ${sessions.expiresAt})`
const isRetry = sql`(${param('graceSeconds', 'int')} > 0
  and ${sessions.generation} = ${param('generation', 'int')} + 1
  and ${sessions.rotatedAt} > now() - make_interval(secs => ${param('graceSeconds', 'int')}))`

const compareAndSet = statement((db) =>
  db
    .update(sessions)
    .set({
      generation: sql`case when ${isCurrent} then ${sessions.generation} + 1 else ${sessions.generation} end`,
      issuedAt: sql`case when ${isCurrent} then ${param('issuedAt', 'timestamptz')} else ${sessions.issuedAt} end`,
      rotatedAt: sql`case when ${isCurrent} then now() else ${sessions.rotatedAt} end`,
      idleExpiresAt: sql`case when ${isCurrent} then ${idleExpiry} else ${sessions.idleExpiresAt} end`,
      purgeOn: sql`case when ${isCurrent} then ${dayOf(idleExpiry)} else ${sessions.purgeOn} end`,
      ip: sql`case when ${isCurrent} then ${param('ip', 'text')} else ${sessions.ip} end`,
      userAgent: sql`case when ${isCurrent} then ${param('userAgent', 'text')} else ${sessions.userAgent} end`,
      revokedAt: sql`case when ${isCurrent} or ${isRetry} then null else now() end`,
    })
    .from(users)
    .where(isCaller())
    .returning({
      ...account,
      generation: sessions.generation,
      issuedAt: sessions.issuedAt,
      expiresAt: sessions.expiresAt,
      revokedAt: sessions.revokedAt,
    })
    .prepare('compare_and_set_generation'),
)

export type Rotation = {
  sessionId: string
  userId: string
  generation: number
  issuedAt: Date
  idleSeconds: number
  graceSeconds: number
  ip: string | null
  userAgent: string | null
}

/**
 * Advances the session when the generation is current, leaves it as it is when the generation is the one before and
 * inside the grace, and ends it for anything older: one compare-and-set, so that parallel callers never fork a session.
 * Nothing is returned for a session that no longer lives.
 */
export async function rotateSession(db: Database, { issuedAt, ...rotation }: Rotation) {
  const [row] = await compareAndSet(db).execute({ ...rotation, issuedAt: issuedAt.toISOString() })
  return row
}

const selectLive = statement((db) =>
  db
    .select({
      id: sessions.id,
      createdAt: sessions.createdAt,
      lastUsedAt: sessions.rotatedAt,
      expiresAt: sessions.idleExpiresAt,
      ip: sessions.ip,
      userAgent: sessions.userAgent,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.userId, param('userId', 'uuid')), isLive()))
    .orderBy(desc(sessions.rotatedAt), desc(sessions.id))
    .prepare('select_live_sessions'),
)

/** All sessions of a user that still live, the last used first; one round trip. */
export function findSessions(db: Database, userId: string) {
  return selectLive(db).execute({ userId })
}

const endOne = statement((db) => {
  const caller = callerStep(db)
  const ended = db.$with('ended').as(
    db
      .update(sessions)
      .set({ revokedAt: sql`now()` })
      .from(caller)
      .where(
        and(
          eq(sessions.id, param('targetId', 'uuid')),
          eq(sessions.userId, caller.userId),
          isNull(sessions.revokedAt),
        ),
      )
      .returning({ id: sessions.id }),
  )
  return db
    .with(caller, ended)
    .select({ endedId: ended.id })
    .from(caller)
    .leftJoin(ended, sql`true`)
    .prepare('end_session')
})

type Target = { sessionId: string; userId: string; targetId: string }

/** Ends one session of the caller's user. Nothing is returned where the caller's own session no longer lives. */
export async function endSession(db: Database, target: Target) {
  const [caller] = await endOne(db).execute(target)
  return caller && { wasEnded: caller.endedId !== null }
}
