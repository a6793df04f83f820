import { type AuthError, NetworkError, readAuthError } from './errors.ts'
import type { RunExclusive } from './mutex.ts'
import { type Platform, retryAfterMs } from './request.ts'
import { type TokenStore, type Tokens, tokensFrom } from './tokens.ts'
import type { ErrorCode, TokenResponse } from './types.ts'

/** Replaces the tokens whose access token is `staleToken`; gives those that are stored afterwards, if any. */
export type Refresh = (staleToken: string) => Promise<Tokens | undefined>

type Deps = {
  platform: Platform
  url: URL
  store: TokenStore
  runExclusive: RunExclusive
  onLoggedOut: () => void
}

// The server gives a lost answer again for ten seconds; the last retry must arrive within.
const RETRY_WINDOW_MS = 8_000
const REQUEST_TIMEOUT_MS = 5_000
const INITIAL_BACKOFF_MS = 250
const STORAGE_SYNC_MS = 500
const REFUSED_TOKEN_CODES = new Set<ErrorCode>(['token_missing', 'token_invalid', 'token_expired'])

/** One refresh at a time: within this page by sharing it, across tabs by the lock and the storage they share. */
export function createRefresh(deps: Deps): Refresh {
  let inFlight: { staleToken: string; result: Promise<Tokens | undefined> } | undefined
  return (staleToken) => {
    if (inFlight?.staleToken === staleToken) return inFlight.result
    const result = deps.runExclusive(async (waited) => {
      const stored = waited ? await waitForStorageSync(deps, staleToken) : deps.store.read()
      return stored?.access_token === staleToken ? rotate(deps, stored) : stored
    })
    const started = { staleToken, result }
    inFlight = started
    const done = () => {
      if (inFlight === started) inFlight = undefined
    }
    result.then(done, done)
    return result
  }
}

/** What another tab stored arrives a little later than the lock that it released. */
async function waitForStorageSync(
  { platform, store }: Deps,
  staleToken: string,
): Promise<Tokens | undefined> {
  const deadline = platform.now() + STORAGE_SYNC_MS
  while (store.read()?.access_token === staleToken && platform.now() < deadline)
    await platform.sleep(10)
  return store.read()
}

async function rotate(deps: Deps, sent: Tokens): Promise<Tokens | undefined> {
  const { store } = deps
  const successor = await refreshWithRetry(deps, sent.refresh_token)
  const stored = store.read()
  // Somebody logged in or out meanwhile, or a tab without locks was faster: theirs stands.
  if (stored?.refresh_token !== sent.refresh_token) return stored
  if (successor) {
    store.write(successor)
  } else {
    store.clear()
    queueMicrotask(deps.onLoggedOut)
  }
  return successor
}

/** Nothing when the server refused the token; it throws when the server could not tell. */
async function refreshWithRetry(
  { platform, url }: Deps,
  refreshToken: string,
): Promise<Tokens | undefined> {
  const deadline = platform.now() + RETRY_WINDOW_MS
  for (let backoff = INITIAL_BACKOFF_MS; ; backoff *= 2) {
    const outcome = await requestTokens(platform, url, refreshToken)
    if ('tokens' in outcome) return outcome.tokens
    const wait = outcome.retryAfter ?? backoff * (0.5 + Math.random())
    if (!outcome.isTransient || platform.now() + wait > deadline) throw outcome.error
    await platform.sleep(wait)
  }
}

type Outcome =
  | { tokens: Tokens | undefined }
  | { error: AuthError | NetworkError; isTransient: boolean; retryAfter: number | undefined }

async function requestTokens(platform: Platform, url: URL, refreshToken: string): Promise<Outcome> {
  const sentAt = platform.now()
  try {
    const response = await platform.fetch(
      new Request(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${refreshToken}` },
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      }),
    )
    if (response.ok) {
      const answer: TokenResponse = await response.json()
      return { tokens: tokensFrom(answer, sentAt) }
    }
    const error = await readAuthError(response)
    if (error.status === 401 && REFUSED_TOKEN_CODES.has(error.code)) return { tokens: undefined }
    const isTransient = error.status >= 500 || error.status === 429
    return { error, isTransient, retryAfter: retryAfterMs(response, platform.now()) }
  } catch (cause) {
    return { error: new NetworkError(cause), isTransient: true, retryAfter: undefined }
  }
}
