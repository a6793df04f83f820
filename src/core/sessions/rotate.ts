import { and, eq, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { dayOf } from '../../database/instants.ts'
import { literal, seconds, secondsFromNow } from '../../database/params.ts'
import { AppError } from '../../errors.ts'
import { sessions, users } from '../../models/index.ts'
import { identifierKey } from '../../utils/identifiers.ts'
import { needsSecondFactor } from '../access/steps.ts'
import { happened, stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import { mailValues, type Requester } from '../outbox/enqueue.ts'
import { MAIL_PARAMS, mailEnqueued } from '../outbox/steps.ts'
import type { TokenClaims } from '../tokens/claims.ts'
import type { SessionTokens } from '../tokens/tokens.ts'
import { isCaller } from './predicates.ts'
import { subjectAnswer, subjectColumns, subjectOf } from './subject.ts'

const isCurrent = sql`${sessions.generation} = given.generation`
const isRetry = sql`(given.grace > interval '0' and ${sessions.generation} = given.generation + 1
  and ${sessions.rotatedAt} > now() - given.grace)`
const idleExpiry = sql`least(given.idle_expires_at, ${sessions.expiresAt})`

/** Returns the new value if the generation is current, otherwise the column's old value. */
function whenCurrent(value: SQL, column: PgColumn): SQL {
  return sql`case when ${isCurrent} then ${value} else ${column} end`
}

const useRefreshToken = stateChange({
  name: 'use_refresh_token',
  params: {
    sessionId: 'uuid',
    userId: 'uuid',
    generation: 'int',
    issuedAt: 'timestamptz',
    idleSeconds: 'int',
    graceSeconds: 'int',
    ip: 'text?',
    userAgent: 'text?',
    /** Who needs a second factor although they have none. */
    mfaPolicy: 'text',
    ...MAIL_PARAMS,
  },
  change(db, p) {
    // Binds each parameter once, although the statement uses some of them several times.
    const given = sql`(values (
        ${p.generation}, ${p.issuedAt}, ${secondsFromNow(p.idleSeconds)}, ${seconds(p.graceSeconds)},
        ${p.ip}, ${p.userAgent}
      )) as given (generation, issued_at, idle_expires_at, grace, ip, user_agent)`
    const rotated = db.$with('rotated').as(
      db
        .update(sessions)
        .set({
          generation: whenCurrent(sql`${sessions.generation} + 1`, sessions.generation),
          issuedAt: whenCurrent(sql`given.issued_at`, sessions.issuedAt),
          rotatedAt: whenCurrent(sql`now()`, sessions.rotatedAt),
          idleExpiresAt: whenCurrent(idleExpiry, sessions.idleExpiresAt),
          purgeOn: whenCurrent(dayOf(idleExpiry), sessions.purgeOn),
          ip: whenCurrent(sql`given.ip`, sessions.ip),
          userAgent: whenCurrent(sql`given.user_agent`, sessions.userAgent),
          // What the configuration asks for now.
          aal: sql`case when ${users.factorCount} > 0 then ${sessions.aal} when ${needsSecondFactor(users.id, p.mfaPolicy)} then 0 else greatest(${sessions.aal}, 1) end`,
          revokedAt: sql`case when ${isCurrent} or ${isRetry} then null else now() end`,
        })
        .from(sql`${users}, ${given}`)
        .where(and(isCaller(p, 0), eq(sessions.transport, literal('bearer'))))
        .returning({
          ...subjectColumns(),
          wasReused: sql<boolean>`${sessions.revokedAt} is not null`.as('was_reused'),
        }),
    )
    const { id, username, email, wasReused } = rotated
    const reused = db
      .$with('reused')
      .as(db.select({ id, username, email }).from(rotated).where(sql`${wasReused}`))
    const told = db
      .$with('told')
      .as(db.select({ id, username, email }).from(rotated).where(isTold(rotated)))
    const enqueued = mailEnqueued(db, told, p, {
      mail: 'sessions_ended',
      recipient: told.email,
      data: { username: told.username, ip: p.ip, user_agent: p.userAgent },
      userId: told.id,
    })
    return {
      steps: [rotated, reused, told, enqueued],
      records: {
        event: 'refresh_token_reused',
        of: reused,
        subject: reused.id,
        // It was the user or a thief.
        actor: null,
        session: p.sessionId,
      },
      answers: {
        from: [rotated],
        columns: { ...subjectAnswer(rotated), wasReused },
      },
    }
  },
})

/** More ended sessions within an hour are no person's. Nobody fills a mailbox by ending them again and again. */
const MAX_ENDED_AND_TOLD = 10

/**
 * True if the user is told that a token was used once more. No limit of `rate_limits` counts it, because that would cost
 * every refresh.
 */
function isTold({ wasReused, id }: { wasReused: SQLWrapper; id: SQLWrapper }): SQL {
  const ended = sql`select count(*) from ${sessions} where ${sessions.userId} = ${id} and ${sessions.revokedAt} > now() - interval '1 hour'`
  return sql`case when ${wasReused} then (${ended}) < ${literal(MAX_ENDED_AND_TOLD)} else false end`
}

/**
 * Exchanges a refresh token for its one successor. The current token advances the session. The previous token gets the
 * same successor again within the grace period. Any other token ends the session. One compare-and-set decides, so that
 * concurrent callers never fork a session.
 */
export async function rotateSession(
  deps: CoreDeps,
  { userId, sessionId, generation }: Pick<TokenClaims, 'userId' | 'sessionId' | 'generation'>,
  { ip, userAgent, language }: Requester,
): Promise<SessionTokens> {
  const { config, clock, tokens } = deps
  const now = clock.now()
  const rotated = await useRefreshToken(deps, {
    ...{ userId, sessionId, generation },
    ...{ ip, userAgent },
    ...mailValues(deps, { language }),
    issuedAt: now,
    idleSeconds: config.tokens.refreshLifetimeSeconds,
    graceSeconds: config.sessions.graceSeconds,
    mfaPolicy: config.factors.requireMfa,
  })
  if (!happened(rotated)) throw new AppError('token_invalid')
  const { wasReused, ...subject } = rotated
  if (wasReused) {
    deps.postman.wake()
    throw new AppError('token_invalid', {
      refusal: {
        outcome: 'refresh_token_reused',
        identifierKey: identifierKey(subject.username),
        user_id: userId,
        session_id: sessionId,
      },
    })
  }
  return tokens.issue(subjectOf(sessionId, subject), now)
}
