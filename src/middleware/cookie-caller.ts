import type { Context } from 'hono'
import type { Actor } from '../core/sessions/authenticate.ts'
import { accessTokenByCookie, authenticateByCookie } from '../core/sessions/by-cookie.ts'
import type { TokenClaims } from '../core/tokens/claims.ts'
import { verifyToken } from '../core/tokens/verify.ts'
import type { AppEnv } from '../http/context.ts'
import { refuseForgery } from './forgery.ts'

/** Returns what a session's cookie says. Whether the session is live only the database knows. */
export function claimsOfCookie<Env extends AppEnv>(
  c: Context<Env>,
  cookie: string,
): Promise<TokenClaims> {
  refuseForgery(c)
  return verifyToken(c.get('deps'), cookie, 'cookie')
}

/** Returns whom a session's cookie speaks for, even if the session can only enrol a factor. */
export async function actorOfCookie<Env extends AppEnv>(
  c: Context<Env>,
  cookie: string,
): Promise<Actor> {
  return authenticateByCookie(c.get('deps'), await claimsOfCookie(c, cookie))
}

/** Returns an access token for a session's cookie. */
export async function accessTokenOfCookie<Env extends AppEnv>(c: Context<Env>, cookie: string) {
  return accessTokenByCookie(c.get('deps'), await claimsOfCookie(c, cookie))
}
