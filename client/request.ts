import { NetworkError } from './errors.ts'

/** What a client needs of its surroundings; tests bring their own. */
export type Io = {
  fetch(request: Request): Promise<Response>
  now(): number
  sleep(milliseconds: number): Promise<void>
}

const MAX_RESENDS = 2
const MAX_WAIT_MS = 10_000
const IDEMPOTENT = new Set(['GET', 'HEAD'])

/** Sends a request once. Reading `request` is left for a later copy. */
export async function send(io: Io, request: Request, token?: string): Promise<Response> {
  const copy = request.clone()
  if (token !== undefined) copy.headers.set('authorization', `Bearer ${token}`)
  try {
    return await io.fetch(copy)
  } catch (cause) {
    throw request.signal.aborted ? cause : new NetworkError(cause)
  }
}

/** Sends a request, and a GET again when the server names a short time after which to; nothing else is ever sent twice. */
export async function sendPatiently(io: Io, request: Request, token?: string): Promise<Response> {
  for (let resends = 0; ; resends++) {
    const response = await send(io, request, token)
    const wait = retryAfterMs(response, io.now())
    const isFinal = !IDEMPOTENT.has(request.method) || resends === MAX_RESENDS
    if (isFinal || wait === undefined || wait > MAX_WAIT_MS) return response
    await response.body?.cancel()
    await io.sleep(wait)
  }
}

/** How long a busy server asks to wait: seconds or a date (RFC 9110 section 10.2.3). */
export function retryAfterMs(response: Response, now: number): number | undefined {
  const value = response.headers.get('retry-after')
  if (value === null || (response.status !== 429 && response.status !== 503)) return undefined
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isNaN(wait) ? undefined : Math.max(0, wait)
}
