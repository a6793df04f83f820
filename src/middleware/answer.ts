import { createMiddleware } from 'hono/factory'
import type { Deps } from '../deps.ts'
import type { AppEnv } from '../http/context.ts'
import { corsHeaders, preflightHeaders, SECURITY_HEADERS } from '../http/headers.ts'
import { respond } from '../http/respond.ts'

const REQUEST_ID = /^[\w.:-]{1,128}$/

/**
 * Outermost: gives the request its id and its dependencies, decides the headers of whatever answer follows, answers
 * preflights, and turns a thrown non-error into an error, which Hono would let through.
 */
export function answer(deps: Deps) {
  const origins = new Set(deps.config.http.corsOrigins)
  return createMiddleware<AppEnv>(async (c, next) => {
    const given = c.req.header('x-request-id')
    const requestId = given && REQUEST_ID.test(given) ? given : crypto.randomUUID()
    const cors = corsHeaders(origins, c.req.header('origin'))
    c.set('deps', deps)
    c.set('requestId', requestId)
    c.set('answerHeaders', { ...SECURITY_HEADERS, ...cors, 'x-request-id': requestId })

    if (c.req.method === 'OPTIONS') {
      return respond(c, null, 204, preflightHeaders('access-control-allow-origin' in cors))
    }
    try {
      await next()
    } catch (thrown) {
      throw new Error('something other than an error was thrown', { cause: thrown })
    }
  })
}
