import type { Context } from 'hono'
import type { AccessToken, SessionTokens } from '../core/tokens/tokens.ts'
import type { AppEnv } from '../http/context.ts'
import { ownCookie } from './own-cookie.ts'

const NAME = 'ea_session'

/** Returns the value of the cookie that carries a session, if there is one and no header says who calls. */
export function sessionCookieOf<Env extends AppEnv>(c: Context<Env>): string | undefined {
  return c.req.header('authorization') === undefined ? sentSessionCookie(c) : undefined
}

/** The same, whatever headers say: where only a cookie tells who calls. */
export function sentSessionCookie<Env extends AppEnv>(c: Context<Env>): string | undefined {
  return ownCookie(c, NAME).sent
}

/** Returns the header by which the browser gets the cookie of a session, if a cookie carries it. */
export function setSessionCookie<Env extends AppEnv>(
  c: Context<Env>,
  tokens: AccessToken | SessionTokens,
): Record<string, string> {
  if (!('sessionToken' in tokens)) return {}
  return headerOf(c, tokens.sessionToken, tokens.sessionExpiresInSeconds)
}

/** Returns the header by which a browser that came with the cookie of a session forgets it. */
export function forgetSessionCookie<Env extends AppEnv>(c: Context<Env>): Record<string, string> {
  return sessionCookieOf(c) === undefined ? {} : headerOf(c, '', 0)
}

function headerOf<Env extends AppEnv>(
  c: Context<Env>,
  value: string,
  maxAgeSeconds: number,
): Record<string, string> {
  return { 'set-cookie': ownCookie(c, NAME).line(value, maxAgeSeconds, 'Strict') }
}
