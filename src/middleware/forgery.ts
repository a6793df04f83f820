import type { Context } from 'hono'
import { AppError } from '../errors.ts'
import type { AppEnv } from '../http/context.ts'
import { isLocalUrl, isLoopbackHost } from '../utils/loopback.ts'
import { matcherOf } from '../utils/origins.ts'

/** What no form can send, and no page of another origin without asking first. Its value says nothing. */
const STATIC_HEADER = { name: 'x-edge-auth', value: '1' }
const SITES = new Set(['same-origin', 'same-site'])

/**
 * Throws `csrf_refused` unless a page of this service, or of one of `COOKIE_ORIGINS`, sends this request on purpose. For
 * whatever a cookie authenticates, and for a log-in by which somebody gets one.
 */
export function refuseForgery<Env extends AppEnv>(c: Context<Env>): void {
  const detail = forgery(c)
  if (detail) throw new AppError('csrf_refused', { detail })
}

function forgery<Env extends AppEnv>(c: Context<Env>): string | undefined {
  const site = c.req.header('sec-fetch-site')
  const origin = c.req.header('origin')
  if (site !== undefined && !SITES.has(site)) return 'The request comes from another site.'
  if (c.req.header(STATIC_HEADER.name) !== STATIC_HEADER.value)
    return 'Send the header X-Edge-Auth: 1.'
  // Browsers name no origin where a page reads from its own.
  if (origin === undefined && site === 'same-origin' && isRead(c)) return undefined
  if (origin === undefined) return 'Send the Origin header, as browsers do.'
  if (!isOwnOrigin(c, origin) && !isCookieOrigin(c, origin))
    return 'The origin is not one of COOKIE_ORIGINS.'
  return undefined
}

function isRead<Env extends AppEnv>(c: Context<Env>): boolean {
  return c.req.method === 'GET' || c.req.method === 'HEAD'
}

function isCookieOrigin<Env extends AppEnv>(c: Context<Env>, origin: string): boolean {
  const { cookieOrigins } = c.get('deps').config.http
  return cookieOrigins.includes(origin) || matcherOf(cookieOrigins)(origin)
}

/**
 * True for the origin of this service as browsers see it. On this machine it has several names; elsewhere the configured
 * address is its only one, and without that the one that the request is sent to.
 */
export function isOwnOrigin<Env extends AppEnv>(c: Context<Env>, origin: string): boolean {
  const asked = new URL(c.req.url)
  const publicUrl = c.get('deps').publicUrl()
  if (publicUrl === undefined) return origin === asked.origin
  if (origin === new URL(publicUrl).origin) return true
  return isLocalUrl(publicUrl) && isLoopbackHost(asked.hostname) && origin === asked.origin
}
