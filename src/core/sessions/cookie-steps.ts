import { and, eq, or, type SQLWrapper, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { dayOf } from '../../database/instants.ts'
import { literal, type Placeholders, seconds, secondsFromNow } from '../../database/params.ts'
import { sessions, users } from '../../models/index.ts'
import type { Step } from '../audit/state-change.ts'
import { isCaller } from './predicates.ts'
import { BY_STEP_UP } from './raise-steps.ts'
import { subjectColumns } from './subject.ts'

/** The parameters by which a session's cookie is recognised. */
export const COOKIE_PARAMS = {
  sessionId: 'uuid',
  userId: 'uuid',
  generation: 'int',
  graceSeconds: 'int',
} as const

type CookieParams = Placeholders<typeof COOKIE_PARAMS>

/** However often a session is used, its idle limit moves no more often. */
const MOVES_EVERY = literal(300)

/** True for a session whose idle limit has not moved for a while. */
export const isDue = () => sql<boolean>`${sessions.rotatedAt} < now() - ${seconds(MOVES_EVERY)}`

/** More than a step-up moves the generation (`BY_STEP_UP`), so that it is known afterwards which renewal it was. */
const BY_NEW_PASSWORD = 2

/**
 * True for the cookie of before a step-up, which is given the present one, for the answer may have been lost. Not for that of
 * before a new password: who has only the former one then may be whom the new password is to keep out.
 */
export const isFormer = (p: CookieParams) =>
  sql<boolean>`${sessions.generation} = ${p.generation} + ${literal(BY_STEP_UP)}`

/**
 * True for a live session of this cookie. Of a renewed one the cookie of before works for a few seconds more, for requests
 * that were under way.
 */
export function isCallerByCookie(p: CookieParams) {
  const former = and(
    sql`${sessions.generation} between ${p.generation} and ${p.generation} + ${literal(BY_NEW_PASSWORD)}`,
    sql`${sessions.issuedAt} > now() - ${seconds(p.graceSeconds)}`,
  )
  return and(
    isCaller(p, 0),
    eq(sessions.transport, literal('cookie')),
    or(sql`${sessions.generation} = ${p.generation}`, former),
  )
}

/** Moves the idle limit of a step's session and writes its level, where that is due. */
export function sessionUsed(
  db: Database,
  of: Step & { sessionId: SQLWrapper; isDue: SQLWrapper; aal: SQLWrapper },
  idleSeconds: Placeholders<{ idleSeconds: 'int' }>['idleSeconds'],
) {
  const idleExpiry = sql`least(${secondsFromNow(idleSeconds)}, ${sessions.expiresAt})`
  return db.$with('moved').as(
    db
      .update(sessions)
      .set({
        rotatedAt: sql`now()`,
        idleExpiresAt: idleExpiry,
        purgeOn: dayOf(idleExpiry),
        aal: sql`${of.aal}`,
      })
      .from(sql`${of}`)
      .where(and(eq(sessions.id, of.sessionId), sql`${of.isDue}`))
      .returning({ id: sessions.id }),
  )
}

/** The parameters of a statement that renews the caller's cookie. */
export const RENEWAL_PARAMS = {
  sessionId: 'uuid',
  userId: 'uuid',
  issuedAt: 'timestamptz',
} as const

/** Renews the cookie of a caller with a new password, if a cookie carries the session (ASVS 7.2.4). */
export function cookieRenewed(
  db: Database,
  p: Placeholders<typeof RENEWAL_PARAMS>,
  by: Step & { userId: SQLWrapper },
) {
  return db.$with('renewed').as(
    db
      .update(sessions)
      .set({
        generation: sql`${sessions.generation} + ${literal(BY_NEW_PASSWORD)}`,
        issuedAt: sql`${p.issuedAt}`,
      })
      .from(sql`${users}, ${by}`)
      .where(
        and(isCaller(p, 0), eq(sessions.transport, literal('cookie')), eq(users.id, by.userId)),
      )
      .returning(subjectColumns()),
  )
}
