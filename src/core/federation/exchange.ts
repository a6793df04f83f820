import { AppError } from '../../errors.ts'
import type { CoreDeps } from '../deps.ts'
import type { MfaRequired } from '../factors/ask.ts'
import type { Requester } from '../outbox/enqueue.ts'
import type { Opener } from '../sessions/open.ts'
import type { SessionRef } from '../sessions/session.ts'
import type { SessionTokens } from '../tokens/tokens.ts'
import type { Arrival } from './arrival.ts'
import { type Opened, openFlow } from './flow.ts'
import { linkIdentity } from './link.ts'
import type { ListedIdentity } from './list-identities.ts'
import { logInByIdentity } from './log-in.ts'
import { reauthenticateByIdentity } from './reauth.ts'

/** What an exchange came to: a log-in, perhaps without its second factor, or what was linked. */
export type Exchanged = SessionTokens | MfaRequired | { linked: ListedIdentity }

/** Opens the code of a sign-in that was begun in this browser. Throws `oauth_code_invalid`. */
export async function openCode(
  deps: CoreDeps,
  code: string,
  cookie: readonly string[],
): Promise<Opened<'code'>> {
  const opened = await openFlow(deps, 'code', code, cookie)
  if (!opened) throw new AppError('oauth_code_invalid')
  return opened
}

type Exchanging = {
  opened: Opened<'code'>
  invitation: string | undefined
  /** Who is logged in, if that is asked for. */
  caller: SessionRef | undefined
}

/**
 * Does what a sign-in at a provider was begun for, once. To link and to prove once more who one is belong to the session
 * that asked: any other gets `oauth_code_invalid`.
 */
export async function exchangeCode(
  deps: CoreDeps,
  { opened, invitation, caller }: Exchanging,
  opener: Opener,
): Promise<Exchanged> {
  const { provider, intent, profile, caller: asked } = opened.claims
  const arrival: Arrival = {
    ...{ provider, profile },
    once: { jti: opened.jti, expiresAt: opened.expiresAt },
  }
  if (intent === 'login')
    return logInByIdentity(deps, arrival, { ...opener, invitation, secrets: opened.secrets })
  if (!caller) throw new AppError('token_missing')
  const isSame = caller.userId === asked?.userId && caller.sessionId === asked.sessionId
  if (!isSame) throw new AppError('oauth_code_invalid')
  if (intent === 'link') return { linked: await linkIdentity(deps, caller, arrival, opener) }
  return reauthenticateByIdentity(deps, caller, arrival, opener)
}

/**
 * Links the identity of a sign-in that found an account with its email, to the caller if that is the account. Throws
 * `oauth_code_invalid` for any other caller or browser, and for a token that was changed, used or is over.
 */
export async function linkByToken(
  deps: CoreDeps,
  { linkToken, cookie }: { linkToken: string; cookie: readonly string[] },
  caller: SessionRef,
  requester: Requester,
): Promise<{ identity: ListedIdentity; secret: string }> {
  const opened = await openFlow(deps, 'link', linkToken, cookie)
  if (opened?.claims.userId !== caller.userId) throw new AppError('oauth_code_invalid')
  const { claims, jti, expiresAt, secret } = opened
  const { provider, profile } = claims
  const arrival = { provider, profile, once: { jti, expiresAt } }
  return { identity: await linkIdentity(deps, caller, arrival, requester), secret }
}
