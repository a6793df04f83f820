import { type Platform, send, sendWithRetry, unlessAborted } from './request.ts'
import type { ErrorCode } from './types.ts'

type Deps = {
  platform: Platform
  origins: ReadonlySet<string>
  /** An access token that is good for now. */
  token: () => Promise<string | undefined>
  /** What takes the place of a token that a server refused. */
  refresh: (staleToken: string) => Promise<{ access_token: string } | undefined>
}

/** Sends a request, and with the access token where that belongs. Waits for a refresh where a server refuses it. */
export type Send = (request: Request) => Promise<Response>

/** Sends requests as the logged-in user; without one they go as they are. */
export function createSender({ platform, origins, token, refresh }: Deps): Send {
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
  return (request) => unlessAborted(request.signal, () => sendAsUser(request))
}

/** RFC 6750 section 3.1, or the problem's code where CORS hides the challenge. */
export async function isTokenRefused(
  response: Response,
  codes: readonly ErrorCode[] = ['token_expired', 'token_invalid'],
): Promise<boolean> {
  if (response.status !== 401) return false
  if (/\berror="?invalid_token\b/.test(response.headers.get('www-authenticate') ?? '')) return true
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  const { code } = (body ?? {}) as { code?: ErrorCode }
  return code !== undefined && codes.includes(code)
}
