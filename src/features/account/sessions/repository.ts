import { and, desc, eq, isNull, type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { callerStep, dayOf, isCaller, isLive } from '../../../core/sessions/predicates.ts'
import { asked, askedEach } from '../../../database/asked.ts'
import { gathered } from '../../../database/batched-reads.ts'
import type { Database } from '../../../database/index.ts'
import { databaseTime, instant } from '../../../database/instants.ts'
import { param, secondsFromNow, secondsOf } from '../../../database/params.ts'
import { statement } from '../../../database/statement.ts'
import { sessions, users } from '../../../models/index.ts'

const identity = { id: users.id, username: users.username, email: users.email }
const account = { ...identity, createdAt: instant(users.createdAt).as('created_at') }

type CallerKey = Parameters<typeof isCaller>[0]

/** The account of a caller whose session lives. */
const accountOf = (db: Database, caller: CallerKey) =>
  db
    .select(account)
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(isCaller(caller))
    .as('found')

const columnsOf = ({ id, username, email, createdAt }: ReturnType<typeof accountOf>) => ({
  ...databaseTime,
  ...{ id, username, email, createdAt },
})

const theCaller = asked({ sessionId: 'uuid', userId: 'uuid' })

const selectActor = statement((db) => {
  const found = accountOf(db, theCaller.columns)
  return db
    .select({ ...theCaller.echo, ...columnsOf(found) })
    .from(theCaller.from)
    .leftJoinLateral(found, sql`true`)
    .prepare('select_actor')
})

const theCallers = askedEach({ sessionIds: 'uuid[]', userIds: 'uuid[]' })

const selectActors = statement((db) => {
  const { sessionIds: sessionId, userIds: userId } = theCallers.columns
  const found = accountOf(db, { sessionId, userId })
  return db
    .select({ ...theCallers.echo, ...columnsOf(found) })
    .from(theCallers.from)
    .leftJoinLateral(found, sql`true`)
    .orderBy(theCallers.at)
    .prepare('select_actors')
})

type Account = { id: string; username: string; email: string; createdAt: Date }
type FoundAccount = { [Name in keyof Account]: Account[Name] | null }

/** Where the session is not live, the row that is asked for comes back with nothing joined to it. */
function present(found: FoundAccount | undefined): Account | undefined {
  return found && found.id !== null ? (found as Account) : undefined
}

type Key = { sessionId: string; userId: string }

/** The users of several sessions, in the order of the keys, nothing for one that no longer lives; one round trip. */
export async function findActors(db: Database, keys: readonly Key[]) {
  const sessionIds = keys.map(({ sessionId }) => sessionId)
  const userIds = keys.map(({ userId }) => userId)
  const found = await selectActors(db).execute({ sessionIds, userIds })
  return found.map(present)
}

const actors = statement((db) =>
  gathered(db, {
    one: async (key: Key) => {
      const [found] = await selectActor(db).execute(key)
      return present(found)
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
      ${secondsOf('graceSeconds')}, ${param('ip', 'text')}, ${param('userAgent', 'text')}
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

const compareAndSet = statement((db) => {
  const rotated = db.$with('rotated').as(
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
        wasReused: sql<boolean>`${sessions.revokedAt} is not null`.as('was_reused'),
      }),
  )
  return db
    .with(rotated)
    .select({
      ...theCaller.echo,
      ...databaseTime,
      id: rotated.id,
      username: rotated.username,
      email: rotated.email,
      generation: rotated.generation,
      issuedAt: instant(rotated.issuedAt),
      expiresAt: instant(rotated.expiresAt),
      wasReused: rotated.wasReused,
    })
    .from(theCaller.from)
    .leftJoin(rotated, sql`true`)
    .prepare('compare_and_set_generation')
})

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

export type Rotated = Omit<Account, 'createdAt'> & {
  generation: number
  issuedAt: Date
  expiresAt: Date
  /** True where the generation was too old and the session has ended for it. */
  wasReused: boolean
}

/**
 * Advances the session when the generation is current, leaves it as it is when the generation is the one before and
 * inside the grace, and ends it for anything older: one compare-and-set, so that parallel callers never fork a session.
 * Nothing is returned for a session that no longer lives.
 */
export async function rotateSession(
  db: Database,
  { issuedAt, ...rotation }: Rotation,
): Promise<Rotated | undefined> {
  const [row] = await compareAndSet(db).execute({ ...rotation, issuedAt: issuedAt.toISOString() })
  return row && row.id !== null ? (row as Rotated) : undefined
}

const theUser = asked({ userId: 'uuid' })

const selectLive = statement((db) => {
  const found = db
    .select({
      id: sessions.id,
      createdAt: instant(sessions.createdAt).as('created_at'),
      lastUsedAt: instant(sessions.rotatedAt).as('last_used_at'),
      expiresAt: instant(sessions.idleExpiresAt).as('expires_at'),
      ip: sessions.ip,
      userAgent: sessions.userAgent,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.userId, theUser.columns.userId), isLive()))
    .as('found')
  const { id, createdAt, lastUsedAt, expiresAt, ip, userAgent } = found
  return db
    .select({
      ...theUser.echo,
      ...databaseTime,
      ...{ id, createdAt, lastUsedAt, expiresAt, ip, userAgent },
    })
    .from(theUser.from)
    .leftJoinLateral(found, sql`true`)
    .orderBy(desc(lastUsedAt), desc(id))
    .prepare('select_live_sessions')
})

/** All sessions of a user that still live, the last used first; one round trip. */
export async function findSessions(db: Database, userId: string) {
  const found = await selectLive(db).execute({ userId })
  return found.flatMap(({ id, ...session }) => (id === null ? [] : [{ id, ...session }]))
}

const theTarget = asked({ sessionId: 'uuid', userId: 'uuid', targetId: 'uuid' })

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
    .select({ ...theTarget.echo, ...databaseTime, callerId: caller.sessionId, endedId: ended.id })
    .from(theTarget.from)
    .leftJoin(caller, sql`true`)
    .leftJoin(ended, sql`true`)
    .prepare('end_session')
})

type Target = { sessionId: string; userId: string; targetId: string }

/** Ends one session of the caller's user. Nothing is returned where the caller's own session no longer lives. */
export async function endSession(db: Database, target: Target) {
  const [found] = await endOne(db).execute(target)
  return found && found.callerId !== null ? { wasEnded: found.endedId !== null } : undefined
}
