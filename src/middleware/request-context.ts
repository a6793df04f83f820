import { createMiddleware } from 'hono/factory'
import type { Deps } from '../deps.ts'
import type { AppEnv } from '../http/context.ts'
import { isReadable, preflightHeaders, responseHeaders } from '../http/headers.ts'
import { respond } from '../http/respond.ts'
import { refusedOrigins } from './refused-origins.ts'

const REQUEST_ID = /^[\w.:-]{1,128}$/

/**
 * The outermost middleware. It sets the request's id, its dependencies and the headers of its answer, and answers
 * preflights. It wraps a thrown value that is not an `Error`, because Hono would let that through.
 */
export function requestContext(deps: Deps) {
  const headersFor = responseHeaders(deps.config.http.corsOrigins)
  const logRefused = refusedOrigins()
  return createMiddleware<AppEnv>(async (c, next) => {
    const given = c.req.header('x-request-id')
    const origin = c.req.header('origin')
    const headers = headersFor(origin, c.req.path)
    c.set('deps', deps)
    c.set('requestId', given && REQUEST_ID.test(given) ? given : crypto.randomUUID())
    c.set('responseHeaders', headers)
    if (origin !== undefined && !isReadable(headers)) logRefused(c, origin)

    if (c.req.method === 'OPTIONS') return respond(c, null, 204, preflightHeaders(headers))
    try {
      await next()
    } catch (thrown) {
      throw new Error('something other than an error was thrown', { cause: thrown })
    }
  })
}
