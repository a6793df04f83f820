import type { Context } from 'hono'
import type { AppEnv } from '../http/context.ts'
import { onceAnHour } from '../utils/hourly.ts'
import { isOrigin } from '../utils/origins.ts'

const MAX_NAMED_ORIGINS = 100

/**
 * Makes a function that logs, once an hour for each origin, that its pages may not read answers. A developer sees no more
 * than "blocked by CORS" in the browser.
 */
export function refusedOrigins(): (c: Context<AppEnv>, origin: string) => void {
  const isNews = onceAnHour(MAX_NAMED_ORIGINS)
  return (c, origin) => {
    const { clock, logger } = c.get('deps')
    if (!isOrigin(origin) || isOwn(c, origin) || !isNews(origin, clock.now().getTime())) return
    logger.warn('origin_refused', {
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
