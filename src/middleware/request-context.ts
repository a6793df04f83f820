import { createMiddleware } from 'hono/factory'
import type { Deps } from '../deps.ts'
import type { AppEnv } from '../http/context.ts'
import { preflightHeaders, responseHeaders } from '../http/headers.ts'
import { respond } from '../http/respond.ts'

const REQUEST_ID = /^[\w.:-]{1,128}$/

/**
 * Outermost: gives the request its id and its dependencies, decides the headers of whatever answer follows, answers
 * preflights, and turns a thrown non-error into an error, which Hono would let through.
 */
export function requestContext(deps: Deps) {
  const headersFor = responseHeaders(deps.config.http.corsOrigins)
  return createMiddleware<AppEnv>(async (c, next) => {
    const given = c.req.header('x-request-id')
    const headers = headersFor(c.req.header('origin'))
    c.set('deps', deps)
    c.set('requestId', given && REQUEST_ID.test(given) ? given : crypto.randomUUID())
    c.set('responseHeaders', headers)

    if (c.req.method === 'OPTIONS') return respond(c, null, 204, preflightHeaders(headers))
    try {
      await next()
    } catch (thrown) {
      throw new Error('something other than an error was thrown', { cause: thrown })
    }
  })
}
