import type { Refresh } from './refresh.ts'
import { type Io, send, sendPatiently } from './request.ts'
import type { TokenStore } from './tokens.ts'

type Parts = { io: Io; store: TokenStore; refresh: Refresh; origins: ReadonlySet<string> }

/** Sends requests as the logged-in user; without one they go as they are. */
export type Authorized = {
  /** An access token that is good for now. */
  token(): Promise<string | undefined>
  send(request: Request): Promise<Response>
}

/** Refreshes shortly before the access token expires, and once more where a server refuses it all the same. */
export function createAuthorized({ io, store, refresh, origins }: Parts): Authorized {
  async function token(): Promise<string | undefined> {
    const held = store.read()
    if (!held || io.now() < held.refresh_after) return held?.access_token
    try {
      return (await refresh(held.access_token))?.access_token
    } catch (error) {
      if (io.now() < held.expires_at) return held.access_token
      throw error
    }
  }

  return {
    token,
    async send(request) {
      const isOurs = origins.has(new URL(request.url).origin)
      if (!isOurs || request.headers.has('authorization')) return send(io, request)
      const first = await token()
      const response = await sendPatiently(io, request, first)
      if (first === undefined || !(await refusesToken(response))) return response
      const renewed = await refresh(first)
      if (!renewed) return response
      await response.body?.cancel()
      return sendPatiently(io, request, renewed.access_token)
    },
  }
}

/** RFC 6750 section 3.1, or the problem's code where CORS hides the challenge. */
async function refusesToken(response: Response): Promise<boolean> {
  if (response.status !== 401) return false
  if (/\berror="?invalid_token\b/.test(response.headers.get('www-authenticate') ?? '')) return true
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  const { code } = (body ?? {}) as { code?: unknown }
  return code === 'token_expired' || code === 'token_invalid'
}
