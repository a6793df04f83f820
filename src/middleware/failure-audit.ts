import { createMiddleware } from 'hono/factory'
import { type Failure, recordFailure } from '../core/audit/failures.ts'
import { clientKey } from '../core/limits/tries.ts'
import type { SessionRef } from '../core/sessions/session.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { AppEnv } from '../http/context.ts'
import { onceAnHour } from '../utils/hourly.ts'
import { GATE } from './limited.ts'

/** What the guards of a route know of the caller. */
type Env = AppEnv & {
  Variables: { claims?: SessionRef; actor?: { id: string; sessionId: string } }
}

/** How many limits of how many clients and accounts one process records in an hour. */
const MAX_LIMITS = 1_000

/**
 * Records in the audit trail that a password or a second factor was refused, or a limit reached. That of a limit is recorded once an hour for
 * whom it holds back, so that a flood of refusals costs no statements.
 */
export function failureAudit() {
  const isNews = onceAnHour(MAX_LIMITS)
  return createMiddleware<Env>(async (c, next) => {
    await next()
    const { error } = c
    if (!(error instanceof AppError)) return
    const deps = c.get('deps')
    const failure = credentialRefused(error) ?? limitReached(error, callerOf(c.var))
    if (!failure) return
    if (failure.event === 'limit_reached') {
      const key = `${failure.limit} ${await heldBack(deps, failure)}`
      if (!isNews(key, deps.clock.now().getTime())) return
    }
    await recordFailure(deps, failure)
  })
}

/** Whom a limit holds back: a user, an account that may not exist, or a client. What was typed is not kept in clear. */
function heldBack(deps: Deps, { subjectId, identifierKey }: Failure): string | Promise<string> {
  if (subjectId !== undefined) return subjectId
  if (identifierKey !== undefined) return deps.pseudonyms.account(identifierKey)
  return clientKey(deps, deps.origin().ip)
}

/** The statement that ends a session because of a reused token has recorded that itself. */
function credentialRefused({ options }: AppError): Failure | undefined {
  const { refusal, about = {} } = options
  if (!refusal || refusal.outcome === 'refresh_token_reused') return undefined
  const { outcome: reason, identifierKey } = refusal
  const { userId: subjectId, sessionId } = about
  // Whoever logs in is nobody yet; a session says who acts.
  const actor = sessionId !== undefined && { actorId: subjectId, sessionId }
  if (reason === 'wrong_factor') {
    return { event: 'factor_refused', subjectId, identifierKey, reason, ...actor }
  }
  if (!actor) return { event: 'login_failed', subjectId, identifierKey, reason }
  return { event: 'password_refused', subjectId, ...actor }
}

/** Who is logged in, by whichever guard has found that out. */
function callerOf({ claims, actor }: Env['Variables']): SessionRef | undefined {
  return claims ?? (actor && { userId: actor.id, sessionId: actor.sessionId })
}

/** What the platform's gate turns away costs no statement, which is what it is for. */
function limitReached({ options }: AppError, caller?: SessionRef): Failure | undefined {
  const { limit, about } = options
  if (!limit || limit.name === GATE.name) return undefined
  const { userId: subjectId, identifierKey } = { ...caller, ...about }
  const { userId: actorId, sessionId } = caller ?? {}
  return { event: 'limit_reached', subjectId, identifierKey, actorId, sessionId, limit: limit.name }
}
