import { exchangeRefreshToken } from './exchange.ts'
import type { RunExclusive } from './mutex.ts'
import type { Platform } from './request.ts'
import type { Store } from './store.ts'
import { tokensFrom } from './token-answers.ts'
import type { Tokens } from './tokens.ts'

/** Replaces the tokens whose access token is `staleToken`; gives those that are stored afterwards, if any. */
export type Refresh = (staleToken: string) => Promise<Tokens | undefined>

type Deps = {
  platform: Platform
  url: URL
  store: Store<Tokens>
  runExclusive: RunExclusive
}

// The server gives a lost answer again for ten seconds; the last retry must arrive within.
const RETRY_WINDOW_MS = 8_000
const INITIAL_BACKOFF_MS = 250
const STORAGE_SYNC_MS = 500

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
  const successor = await refreshWithRetry(deps, sent)
  const stored = store.read()
  // Somebody logged in or out meanwhile, or a tab without locks was faster: theirs stands.
  if (stored?.refresh_token !== sent.refresh_token) return stored
  store.write(successor)
  return successor
}

/** Nothing when the server refused the token; it throws when the server could not tell. */
async function refreshWithRetry(
  { platform, url }: Deps,
  { refresh_token, login_id }: Tokens,
): Promise<Tokens | undefined> {
  const deadline = platform.now() + RETRY_WINDOW_MS
  for (let backoff = INITIAL_BACKOFF_MS; ; backoff *= 2) {
    const outcome = await exchangeRefreshToken(platform, url, refresh_token)
    if ('isRefused' in outcome) return undefined
    if ('answer' in outcome) return tokensFrom(outcome.answer, outcome.sentAt, login_id)
    const wait = outcome.retryAfter ?? backoff * (0.5 + Math.random())
    if (!outcome.isTransient || platform.now() + wait > deadline) throw outcome.error
    await platform.sleep(wait)
  }
}
