import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import type { AccessToken, SessionTokens } from '../core/tokens/tokens.ts'
import type { AppEnv } from '../http/context.ts'
import { isLocalUrl, isLoopbackHost } from '../utils/loopback.ts'

/** A browser takes it from this host alone, by TLS alone, and shows it to no script (draft-ietf-httpbis-rfc6265bis). */
const NAME = '__Host-Http-ea_session'
/** Where there is no TLS because nothing leaves this machine. */
const LOCAL_NAME = 'ea_session'

/** Returns the value of the cookie that carries a session, if there is one and no header says who calls. */
export function sessionCookieOf<Env extends AppEnv>(c: Context<Env>): string | undefined {
  return c.req.header('authorization') === undefined ? sentSessionCookie(c) : undefined
}

/** The same, whatever headers say: where only a cookie tells who calls. */
export function sentSessionCookie<Env extends AppEnv>(c: Context<Env>): string | undefined {
  return getCookie(c, isLocal(c) ? LOCAL_NAME : NAME)
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
  const [name, secure] = isLocal(c) ? [LOCAL_NAME, ''] : [NAME, ' Secure;']
  return {
    'set-cookie': `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly;${secure} SameSite=Strict`,
  }
}

/** Who comes by another name comes through a proxy, whose TLS an address that is not configured cannot tell of. */
function isLocal<Env extends AppEnv>(c: Context<Env>): boolean {
  return isLocalUrl(c.get('deps').publicUrl()) && isLoopbackHost(new URL(c.req.url).hostname)
}
