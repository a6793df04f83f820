import { type AuthError, authErrorOf, NetworkError } from './errors.ts'
import type { Exclusive } from './locks.ts'
import { type Io, retryAfterMs } from './request.ts'
import { type TokenStore, type Tokens, tokensFrom } from './tokens.ts'
import type { ErrorCode, TokenResponse } from './types.ts'

/** Replaces the tokens whose access token is `stale`; gives those that are stored afterwards, if any. */
export type Refresh = (stale: string) => Promise<Tokens | undefined>

type Parts = { io: Io; url: URL; store: TokenStore; exclusive: Exclusive; onLoggedOut: () => void }

// The server gives a lost answer again for ten seconds; the last retry must arrive within.
const RETRY_WITHIN_MS = 8_000
const ANSWER_WITHIN_MS = 5_000
const FIRST_BACKOFF_MS = 250
const SPREAD_WITHIN_MS = 500
const REFUSED = new Set<ErrorCode>(['token_missing', 'token_invalid', 'token_expired'])

/** One refresh at a time: within this page by sharing it, across tabs by the lock and the storage they share. */
export function createRefresh(parts: Parts): Refresh {
  let running: { stale: string; result: Promise<Tokens | undefined> } | undefined
  return (stale) => {
    if (running?.stale === stale) return running.result
    const result = parts.exclusive(async (afterOther) => {
      const held = afterOther ? await readChange(parts, stale) : parts.store.read()
      return held?.access_token === stale ? rotate(parts, held) : held
    })
    const mine = { stale, result }
    running = mine
    const done = () => {
      if (running === mine) running = undefined
    }
    result.then(done, done)
    return result
  }
}

/** What another tab stored arrives a little later than the lock that it released. */
async function readChange({ io, store }: Parts, stale: string): Promise<Tokens | undefined> {
  const deadline = io.now() + SPREAD_WITHIN_MS
  while (store.read()?.access_token === stale && io.now() < deadline) await io.sleep(10)
  return store.read()
}

async function rotate(parts: Parts, sent: Tokens): Promise<Tokens | undefined> {
  const { store } = parts
  const successor = await exchange(parts, sent.refresh_token)
  const held = store.read()
  // Somebody logged in or out meanwhile, or a tab without locks was faster: theirs stands.
  if (held?.refresh_token !== sent.refresh_token) return held
  if (successor) {
    store.write(successor)
  } else {
    store.clear()
    queueMicrotask(parts.onLoggedOut)
  }
  return successor
}

/** Nothing when the server refused the token; it throws when the server could not tell. */
async function exchange({ io, url }: Parts, refreshToken: string): Promise<Tokens | undefined> {
  const deadline = io.now() + RETRY_WITHIN_MS
  for (let backoff = FIRST_BACKOFF_MS; ; backoff *= 2) {
    const outcome = await attempt(io, url, refreshToken)
    if ('tokens' in outcome) return outcome.tokens
    const wait = outcome.retryAfter ?? backoff * (0.5 + Math.random())
    if (!outcome.isPassing || io.now() + wait > deadline) throw outcome.error
    await io.sleep(wait)
  }
}

type Outcome =
  | { tokens: Tokens | undefined }
  | { error: AuthError | NetworkError; isPassing: boolean; retryAfter: number | undefined }

async function attempt(io: Io, url: URL, refreshToken: string): Promise<Outcome> {
  const sentAt = io.now()
  try {
    const response = await io.fetch(
      new Request(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${refreshToken}` },
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      }),
    )
    if (response.ok) {
      const answer: TokenResponse = await response.json()
      return { tokens: tokensFrom(answer, sentAt) }
    }
    const error = await authErrorOf(response)
    if (error.status === 401 && REFUSED.has(error.code)) return { tokens: undefined }
    const isPassing = error.status >= 500 || error.status === 429
    return { error, isPassing, retryAfter: retryAfterMs(response, io.now()) }
  } catch (cause) {
    return { error: new NetworkError(cause), isPassing: true, retryAfter: undefined }
  }
}
