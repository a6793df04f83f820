import { NetworkError } from './errors.ts'

/** What a client uses of the browser; tests bring their own. */
export type Platform = {
  fetch(request: Request): Promise<Response>
  now(): number
  sleep(milliseconds: number): Promise<void>
}

const MAX_RETRIES = 2
const MAX_RETRY_AFTER_MS = 10_000
const IDEMPOTENT = new Set(['GET', 'HEAD'])

/** Sends a request once. Reading `request` is left for a later copy. */
export async function send(
  platform: Platform,
  request: Request,
  token?: string,
): Promise<Response> {
  const copy = request.clone()
  if (token !== undefined) copy.headers.set('authorization', `Bearer ${token}`)
  try {
    return await platform.fetch(copy)
  } catch (cause) {
    throw request.signal.aborted ? cause : new NetworkError(cause)
  }
}

/** Sends a request, and a GET again when the server names a short time after which to; nothing else is ever sent twice. */
export async function sendWithRetry(
  platform: Platform,
  request: Request,
  token?: string,
): Promise<Response> {
  for (let retries = 0; ; retries++) {
    const response = await send(platform, request, token)
    const wait = retryAfterMs(response, platform.now())
    const isFinal = !IDEMPOTENT.has(request.method) || retries === MAX_RETRIES
    if (isFinal || wait === undefined || wait > MAX_RETRY_AFTER_MS) return response
    await response.body?.cancel()
    await platform.sleep(wait)
  }
}

/** How long a busy server asks to wait: seconds or a date (RFC 9110 section 10.2.3). */
export function retryAfterMs(response: Response, now: number): number | undefined {
  const value = response.headers.get('retry-after')
  if (value === null || (response.status !== 429 && response.status !== 503)) return undefined
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isNaN(wait) ? undefined : Math.max(0, wait)
}
