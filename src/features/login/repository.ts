import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { statement } from '../../database/statement.ts'
import { dayOf, isLive, param, secondsFromNow } from '../../database/steps.ts'
import { credentials, sessions, users } from '../../models/index.ts'

const selectAccountBy = (column: typeof users.usernameKey | typeof users.emailKey) =>
  statement((db) =>
    db
      .select({
        id: users.id,
        username: users.username,
        email: users.email,
        epoch: users.sessionEpoch,
        loginCount: users.loginCount,
        passwordHash: credentials.passwordHash,
      })
      .from(users)
      .innerJoin(credentials, eq(credentials.userId, users.id))
      .where(and(eq(column, param('key', 'text')), isNull(users.disabledAt)))
      .prepare(`select_account_by_${column.name}`),
  )

const SELECT_ACCOUNT = {
  username: selectAccountBy(users.usernameKey),
  email: selectAccountBy(users.emailKey),
}

/** The account that an identifier's canonical form names, with its password hash; one round trip. */
export async function findAccount(db: Database, kind: 'username' | 'email', key: string) {
  const [account] = await SELECT_ACCOUNT[kind](db).execute({ key })
  return account
}

const idleExpiry = sql`least(${secondsFromNow('idleSeconds')}, ${secondsFromNow('lifetimeSeconds')})`

const insertSession = statement((db) => {
  const entered = db.$with('entered').as(
    db
      .update(users)
      .set({ loginCount: sql`${users.loginCount} + 1`, lastLoginAt: sql`now()` })
      .where(
        and(
          eq(users.id, param('userId', 'uuid')),
          eq(users.sessionEpoch, param('epoch', 'int')),
          eq(users.loginCount, param('loginCount', 'bigint')),
          isNull(users.disabledAt),
        ),
      )
      .returning({ id: users.id, epoch: users.sessionEpoch }),
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
          sql`${param('newHash', 'text')} is not null`,
        ),
      )
      .returning({ userId: credentials.userId }),
  )
  const surplus = db
    .select({ id: sessions.id })
    .from(sessions)
    .innerJoin(entered, eq(entered.id, sessions.userId))
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(isLive())
    .orderBy(sql`${sessions.createdAt} desc, ${sessions.id} desc`)
    .offset(sql`${param('maxOthers', 'int')}` as never)
  const ended = db
    .$with('ended')
    .as(
      db
        .update(sessions)
        .set({ revokedAt: sql`now()` })
        .where(inArray(sessions.id, surplus))
        .returning({ id: sessions.id }),
    )
  return db
    .with(entered, rehashed, ended)
    .insert(sessions)
    .select(
      db
        .select({
          id: param('sessionId', 'uuid').as('id'),
          userId: entered.id,
          epoch: entered.epoch,
          generation: sql`0`.as('generation'),
          issuedAt: param('issuedAt', 'timestamptz').as('issued_at'),
          createdAt: sql`now()`.as('created_at'),
          rotatedAt: sql`now()`.as('rotated_at'),
          idleExpiresAt: idleExpiry.as('idle_expires_at'),
          expiresAt: secondsFromNow('lifetimeSeconds').as('expires_at'),
          revokedAt: sql`null::timestamptz`.as('revoked_at'),
          purgeOn: dayOf(idleExpiry).as('purge_on'),
          ip: param('ip', 'text').as('ip'),
          userAgent: param('userAgent', 'text').as('user_agent'),
        })
        .from(entered),
    )
    .returning({ expiresAt: sessions.expiresAt })
    .prepare('insert_session')
})

export type NewSession = {
  sessionId: string
  userId: string
  epoch: number
  loginCount: number
  oldHash: string
  /** The hash under today's parameters, where the old one was made under others. */
  newHash: string | null
  issuedAt: Date
  idleSeconds: number
  lifetimeSeconds: number
  /** How many other sessions of the user may live on; the oldest beyond are ended. */
  maxOthers: number
  ip: string | null
  userAgent: string | null
}

/**
 * Opens a session, counts the log-in, stores a renewed hash and ends surplus sessions: all of it or nothing.
 * Nothing happens, and nothing is returned, where another log-in or a password change came in between.
 */
export async function openSession(db: Database, { issuedAt, ...session }: NewSession) {
  const [opened] = await insertSession(db).execute({ ...session, issuedAt: issuedAt.toISOString() })
  return opened
}
