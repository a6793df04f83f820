import type { Context } from 'hono'
import type { AppEnv } from '../http/context.ts'
import { isOrigin } from '../utils/origins.ts'

/** Anybody can send as many origins as they like. The log must not grow with them. */
const MAX_NAMED_ORIGINS = 100

/**
 * Makes a function that logs, once for each origin, that its pages may not read answers. A developer sees no more than
 * "blocked by CORS" in the browser.
 */
export function refusedOrigins(): (c: Context<AppEnv>, origin: string) => void {
  const named = new Set<string>()
  return (c, origin) => {
    if (named.has(origin) || named.size >= MAX_NAMED_ORIGINS) return
    if (!isOrigin(origin) || isOwn(c, origin)) return
    named.add(origin)
    c.get('deps').logger.warn('origin_refused', {
      origin,
      reason: 'CORS_ORIGINS does not list it; add it there if its pages may call.',
    })
  }
}

/**
 * True if the page comes from this service, such as /docs, whose origin browsers send too. Behind a proxy the scheme is
 * another, and perhaps the host; then the browser tells.
 */
function isOwn(c: Context<AppEnv>, origin: string): boolean {
  return (
    c.req.header('sec-fetch-site') === 'same-origin' ||
    new URL(origin).host === new URL(c.req.url).host
  )
}
