import type { MiddlewareHandler } from 'hono'
import type { JwtVerdict } from '../core/tokens/jwt.ts'
import type { Deps, TokenType } from '../deps.ts'
import { AppError } from '../errors.ts'
import {
  type Actor,
  authenticate,
  type Presented,
  presentedBy,
} from '../features/account/sessions/service.ts'
import type { AppEnv } from '../http/context.ts'

/** RFC 6750 section 2.1; the scheme's case does not matter (RFC 9110 section 11.1). */
const BEARER = /^bearer +([\w.~+/-]+=*) *$/i

type Guard<Variables extends object> = MiddlewareHandler<AppEnv & { Variables: Variables }>

/** Requires an access token whose session still lives; one round trip. Who speaks is then in `c.get('actor')`. */
export const currentUser: Guard<{ actor: Actor }> = async (c, next) => {
  const presented = await verified(c.get('deps'), c.req.header('authorization'), 'access')
  c.set('actor', await authenticate(c.get('deps'), presented))
  await next()
}

/**
 * Requires a genuine token of a kind and puts what it says into `c.get('presented')`, with no round trip: the statement
 * that then acts must itself make sure that the session still lives.
 */
export const presented =
  (type: TokenType): Guard<{ presented: Presented }> =>
  async (c, next) => {
    c.set('presented', await verified(c.get('deps'), c.req.header('authorization'), type))
    await next()
  }

async function verified(
  deps: Deps,
  authorization: string | undefined,
  type: TokenType,
): Promise<Presented> {
  if (!authorization) throw new AppError('token_missing')
  const token = BEARER.exec(authorization)?.[1]
  if (!token) throw new AppError('token_invalid')
  const verdict = await judged(deps, token, type)
  if (!verdict.ok)
    throw new AppError(verdict.reason === 'expired' ? 'token_expired' : 'token_invalid')
  return presentedBy(verdict.claims)
}

/** Nobody is let in or refused by a clock that may be wrong: before that the database is asked for its time. */
async function judged(
  { clock, tokens }: Deps,
  token: string,
  type: TokenType,
): Promise<JwtVerdict> {
  const judge = () => tokens.verify(token, type, clock.now())
  const verdict = await judge()
  const isDecided = verdict.ok ? clock.isKnown() : verdict.reason === 'invalid'
  if (isDecided) return verdict
  return (await clock.confirm()) ? judge() : verdict
}
