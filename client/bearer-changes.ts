import { type Is, isTokenResponse, readJson } from './answers.ts'
import type { ModeDeps } from './mode.ts'
import { createPendingLogouts, type PendingLogout } from './pending-logouts.ts'
import { createRaise } from './raise.ts'
import { createRefresh } from './refresh.ts'
import { postRequest, send } from './request.ts'
import type { Store } from './store.ts'
import { type Tokens, tokensFrom } from './tokens.ts'

type Deps = ModeDeps & {
  store: Store<Tokens>
  pending: Store<PendingLogout[]>
  token: () => Promise<string | undefined>
}

/** What opens a session, refreshes and raises it, and ends it. Using it needs none of this. */
export function createBearerChanges(deps: Deps) {
  const { platform, url, store, runExclusive } = deps
  const refresh = createRefresh({ ...deps, url: url('auth/refresh') })
  return {
    async open<Other>(
      target: URL,
      body: object,
      init: RequestInit | undefined,
      isOther: Is<Other>,
    ) {
      const sentAt = platform.now()
      const answer = await readJson(
        send(platform, postRequest(target, body, init)),
        (value) => isTokenResponse(value) || isOther(value),
      )
      if (!isTokenResponse(answer)) return answer
      const tokens = tokensFrom(answer, sentAt, `${sentAt}.${Math.random()}`)
      await runExclusive(async () => store.write(tokens))
      return answer
    },
    refresh,
    raise: createRaise({ ...deps, refresh }),
    logouts: createPendingLogouts({ ...deps, store: deps.pending }),
  }
}
