import { and, eq, isNull, lte, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Database } from '../../database/index.ts'
import { dayOf } from '../../database/instants.ts'
import { type Placeholders, secondsFromNow } from '../../database/params.ts'
import { sessions, users } from '../../models/index.ts'
import { isLive } from './predicates.ts'

/** What opening a session takes. */
export const OPEN_PARAMS = {
  sessionId: 'uuid',
  userId: 'uuid',
  /** The user's when the proof was made. */
  epoch: 'int',
  issuedAt: 'timestamptz',
  idleSeconds: 'int',
  lifetimeSeconds: 'int',
  /** How many other sessions of the user may live on; the oldest beyond are ended. */
  maxOthers: 'int',
  ip: 'text?',
  userAgent: 'text?',
} as const

type OpenParams = Placeholders<typeof OPEN_PARAMS>

/** The user as the statement's snapshot has it, where `users` may have been waited for and be newer. */
const seen = alias(users, 'seen')
const seenCount = sql`(select ${seen.loginCount} from ${users} ${sql.raw('seen')} where ${eq(seen.id, users.id)})`

/**
 * Counts the log-in, where the user may log in and has the epoch that was seen. Log-ins that run side by side do not see
 * each other's sessions, but each knows from the count how many it misses, and leaves them room; where they are more than
 * there is room for, it does nothing.
 */
export function userEntered(db: Database, p: OpenParams) {
  const idleExpiry = secondsFromNow(p.idleSeconds)
  const expiry = secondsFromNow(p.lifetimeSeconds)
  return db.$with('entered').as(
    db
      .update(users)
      .set({ loginCount: sql`${users.loginCount} + 1`, lastLoginAt: sql`now()` })
      .where(
        and(
          eq(users.id, p.userId),
          eq(users.sessionEpoch, p.epoch),
          lte(users.loginCount, sql`${seenCount} + ${p.maxOthers}`),
          isNull(users.disabledAt),
        ),
      )
      .returning({
        id: users.id,
        sessionEpoch: users.sessionEpoch,
        keptSessionId: users.keptSessionId,
        disabledAt: users.disabledAt,
        idleExpiresAt: sql`least(${idleExpiry}, ${expiry})`.as('idle_expires_at'),
        expiresAt: expiry.as('expires_at'),
        // Not now(), when it began to wait for its turn: the log-in counted last must be the youngest session.
        at: sql`clock_timestamp()`.as('at'),
        missed: sql<number>`${users.loginCount} - 1 - ${seenCount}`.as('missed'),
      }),
  )
}

type Entered = ReturnType<typeof userEntered>

/** Ends the oldest sessions beyond those that may live on beside the new one. */
export function surplusEnded(db: Database, entered: Entered, maxOthers: SQL) {
  const surplus = db
    .select({ id: sessions.id })
    .from(sessions)
    .innerJoin(entered, eq(entered.id, sessions.userId))
    .where(isLive(entered))
    .orderBy(sql`${sessions.createdAt} desc, ${sessions.id} desc`)
    .offset(sql`${maxOthers} - (select ${entered.missed} from ${entered})` as never)
    .as('surplus')
  return db
    .$with('ended')
    .as(
      db
        .update(sessions)
        .set({ revokedAt: sql`now()` })
        .from(surplus)
        .where(eq(sessions.id, surplus.id))
        .returning({ id: sessions.id }),
    )
}

/** Adds the session. */
export function sessionOpened(db: Database, entered: Entered, p: OpenParams) {
  return db.$with('opened').as(
    db
      .insert(sessions)
      .select(
        db
          .select({
            id: p.sessionId.as('id'),
            userId: entered.id,
            epoch: entered.sessionEpoch,
            generation: sql`0`.as('generation'),
            issuedAt: p.issuedAt.as('issued_at'),
            createdAt: entered.at,
            rotatedAt: entered.at,
            idleExpiresAt: entered.idleExpiresAt,
            expiresAt: entered.expiresAt,
            revokedAt: sql`null::timestamptz`.as('revoked_at'),
            purgeOn: dayOf(entered.idleExpiresAt).as('purge_on'),
            ip: p.ip.as('ip'),
            userAgent: p.userAgent.as('user_agent'),
          })
          .from(entered),
      )
      .returning({ id: sessions.id, expiresAt: sessions.expiresAt }),
  )
}
