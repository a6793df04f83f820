import { NetworkError } from './errors.ts'
import type { Clock } from './options.ts'

/** What a client uses of the browser; tests bring their own. */
export type Platform = Required<Clock> & {
  fetch(request: Request): Promise<Response>
  /** False where the browser is sure to have no network. */
  isOnline(): boolean
  /** False on servers, where a client lives as long as one request: nothing may go on behind its back there. */
  isPage: boolean
}

const MAX_RETRIES = 2
const MAX_RETRY_AFTER_MS = 10_000
const IDEMPOTENT = new Set(['GET', 'HEAD'])

/**
 * A request to the service itself, which redirects none: what it holds is for nobody else. Whoever reads the answer takes
 * a redirect for a stranger's. (Workers know no "error".)
 */
export function serviceRequest(url: URL, init: RequestInit = {}): Request {
  return new Request(url, { redirect: 'manual', ...init })
}

/** Sends a request once. Reading `request` is left for a later copy. */
export async function send(
  platform: Platform,
  request: Request,
  token?: string,
): Promise<Response> {
  const copy = request.clone()
  if (token !== undefined) copy.headers.set('authorization', `Bearer ${token}`)
  return platform.fetch(copy).catch((cause) => {
    throw request.signal.aborted ? cause : new NetworkError(cause)
  })
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
    const isFinal = !isSafe(request) || retries === MAX_RETRIES
    if (isFinal || wait === undefined || wait > MAX_RETRY_AFTER_MS) return response
    await response.body?.cancel()
    await platform.sleep(wait)
  }
}

/** True for what changes nothing. */
export function isSafe({ method }: Request): boolean {
  return IDEMPOTENT.has(method)
}

/** How long a busy server asks to wait: seconds or a date (RFC 9110 section 10.2.3). */
export function retryAfterMs(response: Response, now: number): number | undefined {
  const value = response.headers.get('retry-after')
  if (value === null || (response.status !== 429 && response.status !== 503)) return undefined
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isNaN(wait) ? undefined : Math.max(0, wait)
}

/** Gives up waiting as soon as the signal aborts; the work itself goes on for whoever shares it. */
export function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
    const stopListening = () => signal.removeEventListener('abort', abort)
    work().then(resolve, reject).finally(stopListening)
  })
}
