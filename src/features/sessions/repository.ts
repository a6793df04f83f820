import { and, desc, eq, isNull, type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { gathered } from '../../database/gather.ts'
import type { Database } from '../../database/index.ts'
import { statement } from '../../database/statement.ts'
import {
  callerStep,
  dayOf,
  isCaller,
  isLive,
  param,
  secondsFromNow,
  uuidArray,
} from '../../database/steps.ts'
import { sessions, users } from '../../models/index.ts'

const identity = { id: users.id, username: users.username, email: users.email }
const account = { ...identity, createdAt: users.createdAt }

const selectActor = statement((db) =>
  db
    .select(account)
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(isCaller())
    .prepare('select_actor'),
)

const asked = {
  keys: sql`unnest(${param('sessionIds', 'uuid[]')}, ${param('userIds', 'uuid[]')})
    with ordinality as asked (session_id, user_id, at)`,
  sessionId: sql`asked.session_id`,
  userId: sql`asked.user_id`,
  at: sql<number>`asked.at::int`,
}

const selectActors = statement((db) =>
  db
    .select({ at: asked.at, ...account })
    .from(asked.keys)
    .innerJoin(sessions, and(eq(sessions.id, asked.sessionId), eq(sessions.userId, asked.userId)))
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(isLive())
    .prepare('select_actors'),
)

type Key = { sessionId: string; userId: string }

/** The users of several sessions, in the order of the keys, nothing for one that no longer lives; one round trip. */
export async function findActors(db: Database, keys: readonly Key[]) {
  const sessionIds = uuidArray(keys.map(({ sessionId }) => sessionId))
  const userIds = uuidArray(keys.map(({ userId }) => userId))
  const found = await selectActors(db).execute({ sessionIds, userIds })
  const byPlace = new Map(found.map(({ at, ...user }) => [at, user]))
  return keys.map((_, index) => byPlace.get(index + 1))
}

const actors = statement((db) =>
  gathered(db, {
    one: async (key: Key) => {
      const [user] = await selectActor(db).execute(key)
      return user
    },
    many: (keys) => findActors(db, keys),
  }),
)

/** The user of a session that still lives; one round trip, which requests at the same time may share. */
export function findActor(db: Database, key: Key) {
  return actors(db)(key)
}

/** Each parameter once, however often the statement speaks of it. */
const given = {
  from: sql`${users}, (values (
      ${param('generation', 'int')}, ${param('issuedAt', 'timestamptz')}, ${secondsFromNow('idleSeconds')},
      make_interval(secs => ${param('graceSeconds', 'int')}), ${param('ip', 'text')}, ${param('userAgent', 'text')}
    )) as given (generation, issued_at, idle_expires_at, grace, ip, user_agent)`,
  isCurrent: sql`${sessions.generation} = given.generation`,
  isRetry: sql`(given.grace > interval '0' and ${sessions.generation} = given.generation + 1
    and ${sessions.rotatedAt} > now() - given.grace)`,
  idleExpiry: sql`least(given.idle_expires_at, ${sessions.expiresAt})`,
}

/** What a column becomes where the generation is current; otherwise it stays as it is. */
function whenCurrent(value: SQL, column: PgColumn): SQL {
  return sql`case when ${given.isCurrent} then ${value} else ${column} end`
}

const compareAndSet = statement((db) =>
  db
    .update(sessions)
    .set({
      generation: whenCurrent(sql`${sessions.generation} + 1`, sessions.generation),
      issuedAt: whenCurrent(sql`given.issued_at`, sessions.issuedAt),
      rotatedAt: whenCurrent(sql`now()`, sessions.rotatedAt),
      idleExpiresAt: whenCurrent(given.idleExpiry, sessions.idleExpiresAt),
      purgeOn: whenCurrent(dayOf(given.idleExpiry), sessions.purgeOn),
      ip: whenCurrent(sql`given.ip`, sessions.ip),
      userAgent: whenCurrent(sql`given.user_agent`, sessions.userAgent),
      revokedAt: sql`case when ${given.isCurrent} or ${given.isRetry} then null else now() end`,
    })
    .from(given.from)
    .where(isCaller())
    .returning({
      ...identity,
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
