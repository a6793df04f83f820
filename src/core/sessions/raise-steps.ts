import { and, eq, type SQLWrapper, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { dayOf } from '../../database/instants.ts'
import { literal, type Placeholders, secondsFromNow } from '../../database/params.ts'
import { sessions, users } from '../../models/index.ts'
import type { Step } from '../audit/state-change.ts'
import { isCaller } from './predicates.ts'
import { subjectColumns } from './subject.ts'

/** By how much a step-up moves the generation, as a refresh does. */
export const BY_STEP_UP = 1

/** The parameters of a statement by which a session goes on at what was just proven. `raiseValues` makes them. */
export const RAISE_PARAMS = {
  sessionId: 'uuid',
  userId: 'uuid',
  raisedAal: 'int',
  /** By spaces. */
  raisedAmr: 'text',
  issuedAt: 'timestamptz',
  idleSeconds: 'int',
} as const

/**
 * Raises the caller's session to what the user of a step has just proven, and moves its generation: once the grace
 * for lost answers is over, the refresh token of before it ends the session (ASVS 7.2.4).
 */
export function sessionRaised(
  db: Database,
  p: Placeholders<typeof RAISE_PARAMS>,
  by: Step & { userId: SQLWrapper },
) {
  const idleExpiry = sql`least(${secondsFromNow(p.idleSeconds)}, ${sessions.expiresAt})`
  const isSecond = sql`${p.raisedAal} = 2`
  return db.$with('raised').as(
    db
      .update(sessions)
      .set({
        aal: sql`greatest(${sessions.aal}, ${p.raisedAal})`,
        amr: sql`array(select distinct method from unnest(${sessions.amr} || string_to_array(${p.raisedAmr}, ' ')) as method order by method)`,
        authenticatedAt: sql`now()`,
        secondFactorAt: sql`case when ${isSecond} then now() else ${sessions.secondFactorAt} end`,
        generation: sql`${sessions.generation} + ${literal(BY_STEP_UP)}`,
        issuedAt: sql`${p.issuedAt}`,
        rotatedAt: sql`now()`,
        idleExpiresAt: idleExpiry,
        purgeOn: dayOf(idleExpiry),
      })
      .from(sql`${users}, ${by}`)
      .where(and(isCaller(p, 0), eq(users.id, by.userId)))
      .returning(subjectColumns()),
  )
}
