import { type Is, readJson } from './answers.ts'
import { leave } from './leave.ts'
import type { LoginState } from './login-state.ts'
import type { ModeDeps } from './mode.ts'
import { createMutex } from './mutex.ts'
import { createPendingLogouts, type PendingLogout } from './pending-logouts.ts'
import { postRequest } from './posts.ts'
import { createRaise } from './raise.ts'
import { createRefresh } from './refresh.ts'
import { send } from './request.ts'
import type { Store } from './store.ts'
import { isTokenResponse, tokensFrom } from './token-answers.ts'
import type { Tokens } from './tokens.ts'

type Deps = ModeDeps & {
  store: Store<Tokens>
  state: LoginState
  pending: Store<PendingLogout[]>
  token: () => Promise<string | undefined>
}

/** What opens a session, refreshes and raises it, and ends it. Using it needs none of this. */
export function createBearerChanges(deps: Deps) {
  const { platform, url, store, state } = deps
  const runExclusive = createMutex({ ...deps, isPage: platform.isPage })
  const refresh = createRefresh({ ...deps, runExclusive, url: url('auth/refresh') })
  const logouts = createPendingLogouts({ ...deps, store: deps.pending })
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
    raise: createRaise({ ...deps, runExclusive, refresh }),
    logouts,
    forget: (loginId: string) => leave(state, runExclusive, loginId),
    /** Tells the service of a log-out that is pending. */
    async logOut(loginId: string): Promise<void> {
      leave(state, runExclusive, loginId)
      await logouts.retryNow()
    },
  }
}
