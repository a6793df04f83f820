import type { JwtClaims } from '../../../core/tokens/jwt.ts'
import type { Deps, TokenPair } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import { endSession, findActor, findSessions, rotateSession } from './repository.ts'

/** Whoever speaks: the account, as public as it is, and the session that the token belongs to. */
export type Actor = {
  id: string
  username: string
  email: string
  createdAt: Date
  sessionId: string
}

/** What a genuine token says of itself; the row decides what that is worth. */
export type Presented = {
  userId: string
  sessionId: string
  generation: number
  /** The user's when the token was issued. */
  username: string
  email: string
}

/** Where a request comes from, as shown to the user in the list of sessions. */
export type Client = { ip: string | null; userAgent: string | null }

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Reads the session's handle from verified claims; claims of another shape are no token of ours. */
export function presentedBy({ sub, user_id, sid, gen, username, email }: JwtClaims): Presented {
  const wellFormed =
    UUID.test(sub) &&
    sub === user_id &&
    typeof sid === 'string' &&
    UUID.test(sid) &&
    isGeneration(gen)
  if (!wellFormed) throw new AppError('token_invalid')
  return {
    userId: sub,
    sessionId: sid,
    generation: Number(gen),
    username: String(username),
    email: String(email),
  }
}

function isGeneration(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31 - 1
}

/** The user and session behind an access token, as they are now: a session ended a moment ago is refused. */
export async function authenticate(deps: Deps, { userId, sessionId }: Presented): Promise<Actor> {
  const user = await findActor(deps.db, { userId, sessionId })
  if (!user) throw new AppError('token_invalid')
  return { ...user, sessionId }
}

/** Exchanges a refresh token for its one successor; a token older than the last one ends its session for good. */
export async function refresh(
  deps: Deps,
  presented: Presented,
  client: Client,
): Promise<TokenPair> {
  const { config, clock } = deps
  const { userId, sessionId, username, email } = presented
  const refreshedAt = clock.now()
  const rotating = rotateSession(deps.db, {
    ...presented,
    ...client,
    issuedAt: refreshedAt,
    idleSeconds: config.tokens.refreshLifetimeSeconds,
    graceSeconds: config.sessions.graceSeconds,
  })
  // Between asking and hearing, for the time in between is free.
  const issue = deps.tokens.prepare({
    user: { id: userId, username, email },
    session: { id: sessionId, generation: presented.generation + 1, issuedAt: refreshedAt },
  })
  const rotated = await rotating
  if (!rotated) throw new AppError('token_invalid')
  if (rotated.wasReused) {
    deps.logger.warn('refresh_token_reused', { user_id: rotated.id, session_id: sessionId })
    throw new AppError('token_invalid')
  }
  const { generation, issuedAt, expiresAt } = rotated
  return issue(
    { user: rotated, session: { id: sessionId, generation, issuedAt, expiresAt } },
    refreshedAt,
  )
}

/** The user's sessions that still live; the caller's own must be among them. */
export async function listSessions(deps: Deps, { userId, sessionId }: Presented) {
  const live = await findSessions(deps.db, userId)
  if (!live.some((session) => session.id === sessionId)) throw new AppError('token_invalid')
  return live.map((session) => ({ ...session, isCurrent: session.id === sessionId }))
}

/** Ends one of the caller's sessions; somebody else's is as good as none. */
export async function revokeSession(
  deps: Deps,
  { userId, sessionId }: Presented,
  targetId: string,
): Promise<void> {
  if (!UUID.test(targetId)) throw new AppError('not_found')
  const outcome = await endSession(deps.db, { userId, sessionId, targetId })
  if (!outcome) throw new AppError('token_invalid')
  if (!outcome.wasEnded) throw new AppError('not_found')
}
