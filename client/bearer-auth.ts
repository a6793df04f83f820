import type { BackgroundJob } from './background-job.ts'
import type { Refresh } from './refresh.ts'
import { type Platform, send, sendWithRetry, unlessAborted } from './request.ts'
import type { Store } from './store.ts'
import { isExpiring, type Tokens } from './tokens.ts'

type Deps = {
  platform: Platform
  store: Store<Tokens>
  refresh: Refresh
  /** Refreshes ahead of need, while requests use the token that there is. */
  renewal: BackgroundJob
  origins: ReadonlySet<string>
}

/** Sends requests as the logged-in user; without one they go as they are. */
export type BearerAuth = {
  /** An access token that is good for now. */
  token(): Promise<string | undefined>
  send(request: Request): Promise<Response>
}

/** Waits for a refresh only shortly before the access token expires, and where a server refuses it all the same. */
export function createBearerAuth({ platform, store, refresh, renewal, origins }: Deps): BearerAuth {
  async function token(): Promise<string | undefined> {
    const stored = store.read()
    if (!stored) return undefined
    if (!isExpiring(stored, platform.now())) {
      renewal.check()
      return stored.access_token
    }
    try {
      return (await refresh(stored.access_token))?.access_token
    } catch (error) {
      if (platform.now() < stored.expires_at) return stored.access_token
      throw error
    }
  }

  async function sendAsUser(request: Request): Promise<Response> {
    const isOurs = origins.has(new URL(request.url).origin)
    if (!isOurs || request.headers.has('authorization')) return send(platform, request)
    const first = await token()
    const response = await sendWithRetry(platform, request, first)
    if (first === undefined || !(await isTokenRefused(response))) return response
    const renewed = await refresh(first)
    if (!renewed) return response
    await response.body?.cancel()
    return sendWithRetry(platform, request, renewed.access_token)
  }

  return {
    token,
    send: (request) => unlessAborted(request.signal, () => sendAsUser(request)),
  }
}

/** RFC 6750 section 3.1, or the problem's code where CORS hides the challenge. */
async function isTokenRefused(response: Response): Promise<boolean> {
  if (response.status !== 401) return false
  if (/\berror="?invalid_token\b/.test(response.headers.get('www-authenticate') ?? '')) return true
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  const { code } = (body ?? {}) as { code?: unknown }
  return code === 'token_expired' || code === 'token_invalid'
}
