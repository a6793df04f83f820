import { and, eq, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { statement } from '../../database/statement.ts'
import { isLive, param, secondsFromNow } from '../../database/steps.ts'
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
    .where(
      and(
        eq(sessions.id, param('sessionId', 'uuid')),
        eq(users.id, param('userId', 'uuid')),
        isLive(),
      ),
    )
    .prepare('select_actor'),
)

/** The user of a session that still lives; one round trip. */
export async function findActor(db: Database, key: { sessionId: string; userId: string }) {
  const [user] = await selectActor(db).execute(key)
  return user
}

const isCurrent = sql`${sessions.generation} = ${param('generation', 'int')}`
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
      idleExpiresAt: sql`case when ${isCurrent} then ${secondsFromNow('idleSeconds')} else ${sessions.idleExpiresAt} end`,
      ip: sql`case when ${isCurrent} then ${param('ip', 'text')} else ${sessions.ip} end`,
      userAgent: sql`case when ${isCurrent} then ${param('userAgent', 'text')} else ${sessions.userAgent} end`,
      revokedAt: sql`case when ${isCurrent} or ${isRetry} then null else now() end`,
    })
    .from(users)
    .where(
      and(
        eq(sessions.id, param('sessionId', 'uuid')),
        eq(sessions.userId, param('userId', 'uuid')),
        eq(users.id, sessions.userId),
        isLive(),
      ),
    )
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
