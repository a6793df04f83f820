import { and, eq, isNull, lte, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { dayOf, isLive } from '../../../core/sessions/predicates.ts'
import { asked } from '../../../database/asked.ts'
import type { Database } from '../../../database/index.ts'
import { databaseTime, instant } from '../../../database/instants.ts'
import { param, secondsFromNow } from '../../../database/params.ts'
import { statement } from '../../../database/statement.ts'
import { credentials, sessions, users } from '../../../models/index.ts'

const theName = asked({ key: 'text' })

const selectAccountBy = (column: typeof users.usernameKey | typeof users.emailKey) =>
  statement((db) => {
    const found = db
      .select({
        id: users.id,
        username: users.username,
        email: users.email,
        epoch: users.sessionEpoch,
        passwordHash: credentials.passwordHash,
      })
      .from(users)
      .innerJoin(credentials, eq(credentials.userId, users.id))
      .where(and(eq(column, theName.columns.key), isNull(users.disabledAt)))
      .as('found')
    const { id, username, email, epoch, passwordHash } = found
    return db
      .select({ ...theName.echo, ...databaseTime, id, username, email, epoch, passwordHash })
      .from(theName.from)
      .leftJoinLateral(found, sql`true`)
      .prepare(`select_account_by_${column.name}`)
  })

const SELECT_ACCOUNT = {
  username: selectAccountBy(users.usernameKey),
  email: selectAccountBy(users.emailKey),
}

export type Account = {
  id: string
  username: string
  email: string
  epoch: number
  passwordHash: string
}

/** The account that an identifier's canonical form names, with its password hash; one round trip. */
export async function findAccount(
  db: Database,
  kind: 'username' | 'email',
  key: string,
): Promise<Account | undefined> {
  const [found] = await SELECT_ACCOUNT[kind](db).execute({ key })
  return found && found.id !== null ? (found as Account) : undefined
}

const theSession = asked({ sessionId: 'uuid', userId: 'uuid' })

/** The user as the statement's snapshot has it, where `users` may have been waited for and be newer. */
const seen = alias(users, 'seen')
const seenCount = sql`(select ${seen.loginCount} from ${users} ${sql.raw('seen')} where ${eq(seen.id, users.id)})`
const maxOthers = param('maxOthers', 'int')
const idleExpiry = secondsFromNow('idleSeconds')
const expiry = secondsFromNow('lifetimeSeconds')

/**
 * Log-ins that run side by side do not see each other's sessions, but each knows from the count of log-ins how many it
 * misses, and leaves them room; more than there is room for, and it does nothing.
 */
const insertSession = (renewsHash: boolean) =>
  statement((db) => {
    const entered = db.$with('entered').as(
      db
        .update(users)
        .set({ loginCount: sql`${users.loginCount} + 1`, lastLoginAt: sql`now()` })
        .where(
          and(
            eq(users.id, param('userId', 'uuid')),
            eq(users.sessionEpoch, param('epoch', 'int')),
            lte(users.loginCount, sql`${seenCount} + ${maxOthers}`),
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
    const rehashed = db.$with('rehashed').as(
      db
        .update(credentials)
        .set({ passwordHash: param('newHash', 'text'), updatedAt: sql`now()` })
        .from(entered)
        .where(
          and(
            eq(credentials.userId, entered.id),
            eq(credentials.passwordHash, param('oldHash', 'text')),
          ),
        )
        .returning({ userId: credentials.userId }),
    )
    const surplus = db
      .select({ id: sessions.id })
      .from(sessions)
      .innerJoin(entered, eq(entered.id, sessions.userId))
      .where(isLive(entered))
      .orderBy(sql`${sessions.createdAt} desc, ${sessions.id} desc`)
      .offset(sql`${maxOthers} - (select ${entered.missed} from ${entered})` as never)
      .as('surplus')
    const ended = db
      .$with('ended')
      .as(
        db
          .update(sessions)
          .set({ revokedAt: sql`now()` })
          .from(surplus)
          .where(eq(sessions.id, surplus.id))
          .returning({ id: sessions.id }),
      )
    const opened = db.$with('opened').as(
      db
        .insert(sessions)
        .select(
          db
            .select({
              id: param('sessionId', 'uuid').as('id'),
              userId: entered.id,
              epoch: entered.sessionEpoch,
              generation: sql`0`.as('generation'),
              issuedAt: param('issuedAt', 'timestamptz').as('issued_at'),
              createdAt: entered.at,
              rotatedAt: entered.at,
              idleExpiresAt: entered.idleExpiresAt,
              expiresAt: entered.expiresAt,
              revokedAt: sql`null::timestamptz`.as('revoked_at'),
              purgeOn: dayOf(entered.idleExpiresAt).as('purge_on'),
              ip: param('ip', 'text').as('ip'),
              userAgent: param('userAgent', 'text').as('user_agent'),
            })
            .from(entered),
        )
        .returning({ id: sessions.id, expiresAt: sessions.expiresAt }),
    )
    return db
      .with(entered, ...(renewsHash ? [rehashed] : []), ended, opened)
      .select({
        ...theSession.echo,
        ...databaseTime,
        openedId: opened.id,
        expiresAt: instant(opened.expiresAt),
      })
      .from(theSession.from)
      .leftJoin(opened, sql`true`)
      .prepare(renewsHash ? 'insert_session_and_renew_hash' : 'insert_session')
  })

const INSERT_SESSION = { alone: insertSession(false), withHash: insertSession(true) }

export type NewSession = {
  sessionId: string
  userId: string
  epoch: number
  issuedAt: Date
  idleSeconds: number
  lifetimeSeconds: number
  /** How many other sessions of the user may live on; the oldest beyond are ended. */
  maxOthers: number
  ip: string | null
  userAgent: string | null
}

/** A hash under today's parameters in place of one that was made under others. */
export type Renewal = { oldHash: string; newHash: string }

/**
 * Opens a session, counts the log-in, stores a renewed hash and ends surplus sessions: all of it or nothing.
 * Nothing happens, and nothing is returned, where a password change or too many other log-ins came in between.
 */
export async function openSession(
  db: Database,
  { issuedAt, ...session }: NewSession,
  renewal?: Renewal,
) {
  const insert = INSERT_SESSION[renewal ? 'withHash' : 'alone'](db)
  const values = { ...session, ...renewal, issuedAt: issuedAt.toISOString() }
  const [found] = await insert.execute(values)
  return found && found.openedId !== null ? { expiresAt: found.expiresAt } : undefined
}
