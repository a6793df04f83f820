import {
  and,
  eq,
  gt,
  isNotNull,
  isNull,
  lte,
  notExists,
  or,
  type SQL,
  type SQLWrapper,
  sql,
} from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Database } from '../../database/index.ts'
import { dayOf } from '../../database/instants.ts'
import { literal, type Placeholders, secondsFromNow } from '../../database/params.ts'
import { sessions, users } from '../../models/index.ts'
import { needsSecondFactor } from '../access/steps.ts'
import { isLive } from './predicates.ts'

/** The parameters for opening a session. */
export const OPEN_PARAMS = {
  sessionId: 'uuid',
  userId: 'uuid',
  /** The user's session epoch when the account was read. */
  epoch: 'int',
  issuedAt: 'timestamptz',
  idleSeconds: 'int',
  lifetimeSeconds: 'int',
  /** How many other sessions of the user may stay live. The oldest beyond them are ended. */
  maxOthers: 'int',
  /** True if nobody enters whose email is not verified. */
  requiresVerifiedEmail: 'boolean',
  ip: 'text?',
  userAgent: 'text?',
  /** Takes back what the log-in counted for. */
  receipt: 'text',
  /** What was proven: one factor or two. */
  aal: 'int',
  /** By spaces. */
  amr: 'text',
  transport: 'text',
  /** Who needs a second factor although they have none. */
  mfaPolicy: 'text',
} as const

type OpenParams = Placeholders<typeof OPEN_PARAMS>

/** The user in the statement's snapshot. The row of `users` can be newer, because the update waits for its lock. */
const seen = alias(users, 'seen')
const seenCount = sql`(select ${seen.loginCount} from ${users} ${sql.raw('seen')} where ${eq(seen.id, users.id)})`

/**
 * Counts the log-in if the user may log in and still has the given epoch. Concurrent log-ins do not see each other's
 * sessions. Each one learns from the count how many it misses, and leaves room for them. If it misses more than there
 * is room for, it does nothing. Whoever has a second factor enters by two, even if it was added a moment ago. `isUsed` says
 * that a proof which works once was used up by this statement.
 */
export function userEntered(db: Database, p: OpenParams, isUsed?: SQL) {
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
          or(eq(users.factorCount, literal(0)), eq(p.aal, literal(2))),
          isUsed,
          or(sql`not ${p.requiresVerifiedEmail}`, isNotNull(users.emailVerifiedAt)),
        ),
      )
      .returning({
        id: users.id,
        username: users.username,
        email: users.email,
        loginCount: users.loginCount,
        sessionEpoch: users.sessionEpoch,
        keptSessionId: users.keptSessionId,
        factorCount: users.factorCount,
        disabledAt: users.disabledAt,
        idleExpiresAt: sql`least(${idleExpiry}, ${expiry})`.as('idle_expires_at'),
        expiresAt: expiry.as('expires_at'),
        // Not now(), which is from before the wait for the lock: the log-in counted last must be the newest session.
        at: sql`clock_timestamp()`.as('at'),
        missed: sql<number>`${users.loginCount} - 1 - ${seenCount}`.as('missed'),
      }),
  )
}

export type Entered = ReturnType<typeof userEntered>

/** Ends the oldest sessions beyond `maxOthers`. Sessions of concurrent log-ins that it does not see count too. */
export function surplusEnded(db: Database, entered: Entered, maxOthers: SQL) {
  const surplus = db
    .select({ id: sessions.id })
    .from(sessions)
    .innerJoin(entered, eq(entered.id, sessions.userId))
    .where(isLive(entered, 0))
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

/**
 * Finds the user of a log-in whose device was not seen before, unless it is the first log-in of all. Versions are left out
 * of the comparison, because browsers change theirs every few weeks.
 */
export function deviceUnfamiliar(db: Database, entered: Entered, p: OpenParams) {
  const same = db
    .select({ id: sessions.id })
    .from(sessions)
    .where(
      and(
        eq(sessions.userId, entered.id),
        eq(withoutVersions(sessions.userAgent), withoutVersions(p.userAgent)),
      ),
    )
  return db.$with('unfamiliar').as(
    db
      .select({ id: entered.id, username: entered.username, email: entered.email })
      .from(entered)
      .where(and(gt(entered.loginCount, 1), notExists(same))),
  )
}

function withoutVersions(userAgent: SQLWrapper): SQL {
  return sql`regexp_replace(coalesce(${userAgent}, ''), '[0-9._]+', '', 'g')`
}

/** Inserts the session of a log-in that was counted. */
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
            aal: sql<number>`case when ${p.aal} = 1 and ${needsSecondFactor(entered.id, p.mfaPolicy)} then 0 else ${p.aal} end`.as(
              'aal',
            ),
            amr: sql`string_to_array(${p.amr}, ' ')`.as('amr'),
            authenticatedAt: sql`${entered.at}`.as('authenticated_at'),
            secondFactorAt: sql`case when ${p.aal} = 2 then ${entered.at} end`.as(
              'second_factor_at',
            ),
            transport: p.transport.as('transport'),
          })
          .from(entered),
      )
      .returning({
        id: sessions.id,
        expiresAt: sessions.expiresAt,
        aal: sessions.aal,
        authenticatedAt: sessions.authenticatedAt,
      }),
  )
}
