import { createMiddleware } from 'hono/factory'
import type { Deps } from '../deps.ts'
import type { AppEnv } from '../http/context.ts'
import { preflightHeaders, responseHeaders } from '../http/headers.ts'
import { respond } from '../http/respond.ts'

const REQUEST_ID = /^[\w.:-]{1,128}$/

/**
 * The outermost middleware. It sets the request's id, its dependencies and the headers of its answer, and answers
 * preflights. It wraps a thrown value that is not an `Error`, because Hono would let that through.
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
