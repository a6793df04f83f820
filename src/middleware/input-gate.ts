import { createMiddleware } from 'hono/factory'
import { AppError } from '../errors.ts'
import type { AppEnv } from '../http/context.ts'
import { INPUT_LIMITS } from '../utils/input-limits.ts'

/**
 * Refuses an address that is too long, before a route is looked for. What else `INPUT_LIMITS` names is refused where it
 * is read: headers by what receives requests (adapters), a token by its guard, bodies by `jsonBody` and `formBody`. A route
 * that has neither of these two never reads a body.
 */
export const inputGate = createMiddleware<AppEnv>(async (c, next) => {
  if (c.req.url.length > INPUT_LIMITS.urlCharacters) {
    throw new AppError('uri_too_long', {
      detail: `The address may have at most ${INPUT_LIMITS.urlCharacters} characters.`,
    })
  }
  await next()
})
