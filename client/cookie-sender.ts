import { refusedAsEnded, withCookie } from './cookie-requests.ts'
import { REFUSED_TOKEN_CODES } from './exchange.ts'
import type { RunExclusive } from './mutex.ts'
import { isSafe, type Platform, send, sendWithRetry } from './request.ts'
import { isTokenRefused } from './sender.ts'

type Deps = {
  platform: Platform
  /** The session that this page knows of. */
  sessionId: () => string | undefined
  /** True while a log-out is not told, whose cookie is still there. */
  isLeaving: () => boolean
  /** True once the last look is some seconds old. */
  isOld: () => boolean
  /** Looks whose cookie it is, within the lock. */
  look: () => Promise<void>
  /** The same, and takes the lock. */
  ask: () => Promise<unknown>
  runExclusive: RunExclusive
}

/**
 * Sends requests by cookie as the session that this page knows of, or not at all: other origins share the cookie, and
 * somebody else may have logged in there.
 */
export function createCookieSender(deps: Deps) {
  const { platform, sessionId, isLeaving, isOld, look, ask, runExclusive } = deps

  /** With the cookie, unless it is of a session that was left. */
  const own = (request: Request) =>
    isLeaving() ? new Request(request, { credentials: 'omit' }) : withCookie(request)

  /** What may change something, within the lock. `known` is what was known when it was asked for. */
  async function sendAs(known: string | undefined, request: Request): Promise<Response> {
    if (known !== undefined && isOld()) await look()
    if (known !== undefined && sessionId() !== known) return refusedAsEnded()
    return send(platform, own(request))
  }

  async function read(known: string | undefined, request: Request): Promise<Response> {
    const looking = isOld() && !isLeaving() ? ask().catch(() => undefined) : undefined
    const [response] = await Promise.all([sendWithRetry(platform, own(request)), looking])
    return known !== undefined && sessionId() !== known ? refusedAsEnded() : response
  }

  return {
    sendAs,
    async send(request: Request): Promise<Response> {
      if (isLeaving()) await ask().catch(() => undefined)
      const known = sessionId()
      const attempt = () =>
        isSafe(request) ? read(known, request) : runExclusive(() => sendAs(known, request))
      const response = await attempt()
      const isUnsure = known !== undefined && sessionId() === known
      if (!isUnsure || !(await isTokenRefused(response, REFUSED_TOKEN_CODES))) return response
      // The cookie was renewed a moment ago, or the session has ended.
      await ask()
      return sessionId() === known ? attempt() : response
    },
  }
}
