import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { matchedRoutes } from 'hono/route'
import type { Answered } from '../deps.ts'
import type { ProblemCode } from '../errors.ts'
import { type AppEnv, idsOf } from '../http/context.ts'
import { asAppError, onError } from '../http/problem.ts'
import { logRefusal } from './refusal-log.ts'

/**
 * All that the log has of a request, whatever comes in. A path, a query, a header or a body as sent can hold secrets, and
 * so can a method that nobody knows.
 */
type RequestLine = ReturnType<typeof idsOf> & {
  method: string
  /** The pattern of the path. */
  route: string
  status: number
  milliseconds: number
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
const OTHER_METHOD = 'OTHER'
/** The pattern of the app's own middleware, and so of a path that no route has. */
const NO_ROUTE = '/*'
/** What is answered without an error that was thrown. */
const OUTCOMES: Record<number, ProblemCode> = { 404: 'not_found', 405: 'method_not_allowed' }

/**
 * Logs one line a request, and one more if a credential was refused. Where requests are counted it is counted, and with
 * DEBUG the answer tells how long it took.
 */
export const accessLog = createMiddleware<AppEnv>(async (c, next) => {
  const { logger, metrics, config } = c.get('deps')
  const startedAt = performance.now()
  try {
    await next()
  } catch (thrown) {
    // Hono answers whatever is thrown, but what is no error.
    c.error = new Error('something other than an error was thrown', { cause: thrown })
    c.res = onError(c.error, c)
  }
  if (c.error) await logRefusal(c, c.error)
  const milliseconds = performance.now() - startedAt
  const method = METHODS.has(c.req.method) ? c.req.method : OTHER_METHOD
  const { status } = c.res
  const line: RequestLine = {
    ...idsOf(c),
    method,
    route: matchedRoutes(c).at(-1)?.path ?? NO_ROUTE,
    status,
    milliseconds: Math.round(milliseconds),
  }
  logger.info('request', line)
  metrics?.answered({
    method,
    route: operationOf(c),
    status,
    outcome: outcomeOf(c.error, status),
    milliseconds,
  })
  if (config.debug) c.header('server-timing', `total;dur=${milliseconds.toFixed(1)}`)
})

/**
 * Returns the pattern of the route that answered, and one for all that was refused before there was one: an unknown path,
 * another method, a slash too much. So there are no more of them than operations, whatever clients send.
 */
function operationOf(c: Context<AppEnv>): string {
  const route = matchedRoutes(c)[c.req.routeIndex]
  return route && route.method !== 'ALL' ? route.path : NO_ROUTE
}

/** Names how a request ended: by why a credential was refused, by the code of a problem, or as a success. */
function outcomeOf(error: Error | undefined, status: number): Answered['outcome'] {
  if (!error) return status < 400 ? 'success' : (OUTCOMES[status] ?? 'refused')
  const { code, options } = asAppError(error)
  return options.refusal?.outcome ?? code
}
