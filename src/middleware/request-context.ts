import { createMiddleware } from 'hono/factory'
import type { Deps } from '../deps.ts'
import type { AppEnv } from '../http/context.ts'
import { isReadable, preflightHeaders, responseHeaders } from '../http/headers.ts'
import { respond } from '../http/respond.ts'
import { readTrace } from '../utils/trace-context.ts'
import { clientOf } from './client.ts'
import { refusedOrigins } from './refused-origins.ts'

const REQUEST_ID = /^[\w.:-]{1,128}$/

/**
 * The outermost middleware. It sets the request's id, its place in a trace, its dependencies and the headers of its
 * answer, and answers preflights.
 */
export function requestContext(deps: Deps) {
  const headersFor = responseHeaders(deps.config.http)
  const logRefused = refusedOrigins()
  return createMiddleware<AppEnv>(async (c, next) => {
    const given = c.req.header('x-request-id')
    const origin = c.req.header('origin')
    const trace = readTrace(c.req.header('traceparent'))
    const headers = headersFor(origin, c.req.path)
    const requestId = given && REQUEST_ID.test(given) ? given : crypto.randomUUID()
    // Only what changes something asks for the client's address.
    c.set('deps', { ...deps, origin: () => ({ requestId, ip: clientOf(c).ip }) })
    c.set('requestId', requestId)
    c.set('trace', trace)
    c.set('responseHeaders', trace ? { ...headers, traceparent: trace.traceparent } : headers)
    if (origin !== undefined && !isReadable(headers)) logRefused(c, origin)

    if (c.req.method === 'OPTIONS') return respond(c, null, 204, preflightHeaders(headers))
    await next()
  })
}
