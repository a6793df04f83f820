import { readAuthError, readJson } from './answers.ts'
import { NetworkError } from './errors.ts'
import { isTokenRefusal } from './exchange.ts'
import type { Raise } from './mode.ts'
import type { RunExclusive } from './mutex.ts'
import type { Refresh } from './refresh.ts'
import { type Platform, send } from './request.ts'
import type { Store } from './store.ts'
import { isTokenResponse, tokensFrom } from './token-answers.ts'
import type { Tokens } from './tokens.ts'

type Deps = {
  platform: Platform
  store: Store<Tokens>
  token: () => Promise<string | undefined>
  refresh: Refresh
  runExclusive: RunExclusive
}

/**
 * The service moves the session on by such a request as by a refresh: the refresh token of before is an old one then. So it
 * takes the place of a refresh, under the same lock, and no tab refreshes meanwhile by what it makes old.
 */
export function createRaise(deps: Deps): Raise {
  const { platform, store, token, refresh, runExclusive } = deps

  return async (request, isExpected = (() => true) as never) => {
    // What has expired is refreshed first, for nothing can be within the lock.
    await token()
    const first = await runExclusive(() => attempt(request, isExpected))
    if (!('refused' in first)) return first.answer
    await refresh(first.refused)
    const second = await runExclusive(() => attempt(request, isExpected))
    if ('refused' in second) throw second.error
    return second.answer
  }

  /** Tells of a token that was refused, which happens before anything else does. */
  async function attempt<Answer>(
    request: Request,
    isExpected: (value: unknown) => value is Answer,
  ) {
    const sent = store.read()
    const sentAt = platform.now()
    try {
      const response = await send(platform, request, sent?.access_token)
      if (sent && response.status === 401) {
        const error = await readAuthError(response.clone())
        if (isTokenRefusal(error)) return { refused: sent.access_token, error }
      }
      const answer = await readJson(
        Promise.resolve(response),
        (value) => isTokenResponse(value) && isExpected(value),
      )
      // Unless somebody has logged in or out meanwhile, who needs no lock for it.
      if (sent && store.read()?.login_id === sent.login_id) {
        store.write(tokensFrom(answer, sentAt, sent.login_id))
      }
      return { answer }
    } catch (error) {
      // It may have been done all the same. For some seconds the service gives the tokens of an answer that was lost.
      if (error instanceof NetworkError && sent) void refresh(sent.access_token).catch(() => {})
      throw error
    }
  }
}
