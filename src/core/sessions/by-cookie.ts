import { eq, sql } from 'drizzle-orm'
import { isReadOnly } from '../../database/errors.ts'
import { read } from '../../database/read.ts'
import { AppError } from '../../errors.ts'
import { sessions, users } from '../../models/index.ts'
import { needsSecondFactor } from '../access/steps.ts'
import { accountColumns, accountOf } from '../accounts/account.ts'
import { happened, stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import type { AssuranceLevel } from '../factors/assurance.ts'
import type { TokenClaims } from '../tokens/claims.ts'
import type { AccessToken, SessionTokens } from '../tokens/tokens.ts'
import type { Actor } from './authenticate.ts'
import { COOKIE_PARAMS, isCallerByCookie, isDue, isFormer, sessionUsed } from './cookie-steps.ts'
import { assuranceColumns, subjectAnswer, subjectColumns, subjectOf } from './subject.ts'

const selectCookieCaller = read({
  name: 'select_cookie_caller',
  params: COOKIE_PARAMS,
  find: (db, p) =>
    db
      .select({ ...accountColumns(), ...assuranceColumns(), isDue: isDue().as('is_due') })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(isCallerByCookie(p)),
})

const useSessionCookie = stateChange({
  name: 'use_session_cookie',
  params: {
    ...COOKIE_PARAMS,
    idleSeconds: 'int',
    /** Who needs a second factor although they have none. */
    mfaPolicy: 'text',
  },
  change(db, p) {
    const needsOne = needsSecondFactor(users.id, p.mfaPolicy)
    // What the configuration asks for now.
    const aal = sql<number>`case when ${users.factorCount} > 0 then ${sessions.aal} when ${needsOne} then 0 else greatest(${sessions.aal}, 1) end`
    const caller = db.$with('caller').as(
      db
        .select({
          ...subjectColumns(),
          aal: aal.as('present_aal'),
          sessionId: sql<string>`${sessions.id}`.as('caller_session_id'),
          isDue: sql<boolean>`(${isDue()} or ${sessions.aal} <> ${aal})`.as('is_due'),
          isFormer: isFormer(p).as('is_former'),
        })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(isCallerByCookie(p)),
    )
    return {
      steps: [caller, sessionUsed(db, caller, p.idleSeconds)],
      records: [],
      answers: {
        from: [caller],
        columns: { ...subjectAnswer(caller), isFormer: caller.isFormer },
      },
    }
  },
})

/**
 * Returns the user and session of a cookie, even a session that can only enrol a factor, and moves its idle limit on where
 * that is due. Throws `token_invalid` if the session has ended, is carried by tokens, or has another cookie by now.
 */
export async function authenticateByCookie(deps: CoreDeps, claims: TokenClaims): Promise<Actor> {
  const [found] = await selectCookieCaller(deps.db, valuesOf(deps, claims))
  if (!found) throw new AppError('token_invalid')
  const { isDue: isIdleLimitDue, ...account } = found
  // One that could only enrol a factor can do more since the configuration asks for none.
  const used = isIdleLimitDue || found.aal === 0 ? await useIfWritable(deps, claims) : undefined
  const aal = (used?.aal ?? found.aal) as AssuranceLevel
  return { ...accountOf(account), aal, sessionId: claims.sessionId }
}

/** A database that can only be read still knows who calls: what the caller reads does not fail. */
async function useIfWritable(deps: CoreDeps, claims: TokenClaims) {
  try {
    return await use(deps, claims)
  } catch (error) {
    if (!isReadOnly(error)) throw error
    return undefined
  }
}

/**
 * Returns an access token of a cookie's session, and moves its idle limit on where that is due. The cookie of before a
 * step-up, whose answer may have been lost, gets the present one.
 */
export async function accessTokenByCookie(
  deps: CoreDeps,
  claims: TokenClaims,
): Promise<AccessToken | SessionTokens> {
  const { isFormer: isCookieFormer, ...row } = await use(deps, claims)
  const now = deps.clock.now()
  const { user, session } = subjectOf(claims.sessionId, row)
  return isCookieFormer
    ? deps.tokens.issue({ user, session }, now)
    : deps.tokens.issueAccess({ user, session: { ...session, issuedAt: now } }, now)
}

async function use(deps: CoreDeps, claims: TokenClaims) {
  const { tokens, factors } = deps.config
  const used = await useSessionCookie(deps, {
    ...valuesOf(deps, claims),
    idleSeconds: tokens.refreshLifetimeSeconds,
    mfaPolicy: factors.requireMfa,
  })
  if (!happened(used)) throw new AppError('token_invalid')
  return used
}

function valuesOf({ config }: CoreDeps, { userId, sessionId, generation }: TokenClaims) {
  return { userId, sessionId, generation, graceSeconds: config.sessions.graceSeconds }
}
