import { type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { dayOf, instant } from '../../database/instants.ts'
import { seconds, secondsFromNow } from '../../database/params.ts'
import { AppError } from '../../errors.ts'
import { sessions, users } from '../../models/index.ts'
import { identifierKey } from '../../utils/identifiers.ts'
import { happened, stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import type { TokenClaims } from '../tokens/claims.ts'
import type { TokenPair } from '../tokens/tokens.ts'
import { isCaller } from './predicates.ts'
import type { Client } from './session.ts'

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
          revokedAt: sql`case when ${isCurrent} or ${isRetry} then null else now() end`,
        })
        .from(sql`${users}, ${given}`)
        .where(isCaller(p))
        .returning({
          id: users.id,
          username: users.username,
          email: users.email,
          generation: sessions.generation,
          issuedAt: sessions.issuedAt,
          expiresAt: sessions.expiresAt,
          wasReused: sql<boolean>`${sessions.revokedAt} is not null`.as('was_reused'),
        }),
    )
    const { id, username, email, generation, issuedAt, expiresAt, wasReused } = rotated
    const reused = db.$with('reused').as(db.select({ id }).from(rotated).where(sql`${wasReused}`))
    return {
      steps: [rotated, reused],
      records: { event: 'refresh_token_reused', of: reused },
      answers: {
        from: [rotated],
        columns: {
          ...{ id, username, email, generation, wasReused },
          issuedAt: instant(issuedAt),
          expiresAt: instant(expiresAt),
        },
      },
    }
  },
})

/**
 * Exchanges a refresh token for its one successor. The current token advances the session. The previous token gets the
 * same successor again within the grace period. Any other token ends the session. One compare-and-set decides, so that
 * concurrent callers never fork a session.
 */
export async function rotateSession(
  { config, clock, db, tokens }: CoreDeps,
  { userId, sessionId, generation }: TokenClaims,
  client: Client,
): Promise<TokenPair> {
  const now = clock.now()
  const rotated = await useRefreshToken(db, {
    ...{ userId, sessionId, generation },
    ...client,
    issuedAt: now,
    idleSeconds: config.tokens.refreshLifetimeSeconds,
    graceSeconds: config.sessions.graceSeconds,
  })
  if (!happened(rotated)) throw new AppError('token_invalid')
  const { id, username, email, ...session } = rotated
  if (rotated.wasReused) {
    throw new AppError('token_invalid', {
      refusal: {
        outcome: 'refresh_token_reused',
        identifierKey: identifierKey(username),
        user_id: userId,
        session_id: sessionId,
      },
    })
  }
  return tokens.issue(
    { user: { id, username, email }, session: { id: sessionId, ...session } },
    now,
  )
}
