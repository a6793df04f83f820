import { type Is, isTokenResponse, readJson } from './answers.ts'
import { createBackgroundJob } from './background-job.ts'
import { loader } from './deferred.ts'
import { createLoginState } from './login-state.ts'
import type { Mode, ModeDeps } from './mode.ts'
import type { PendingLogout } from './pending-logouts.ts'
import { createRefresh } from './refresh.ts'
import { postRequest, send } from './request.ts'
import { createSender } from './sender.ts'
import { createStore } from './store.ts'
import { createTokenSource, parseTokens, refreshDueAt, tokensFrom } from './tokens.ts'

/** A session by tokens in the storage, which all tabs share and one of them refreshes. */
export function createBearerMode(deps: ModeDeps): Mode {
  const { platform, name, url, storage, origins, runExclusive } = deps
  const store = createStore(storage, name, parseTokens)
  const pending = createStore(storage, `${name}:logouts`, listOf<PendingLogout>)
  const state = createLoginState({ ...deps, store })
  const refresh = createRefresh({ platform, url: url('auth/refresh'), store, runExclusive })
  const jitter = Math.random()
  const renew = () => refresh(store.read()?.access_token ?? '')
  const renewal = createBackgroundJob({
    platform,
    dueAt() {
      const stored = store.read()
      return stored && refreshDueAt(stored, platform.now(), jitter)
    },
    async run() {
      await renew()
    },
  })
  const token = createTokenSource({ platform, read: store.read, refresh, renewal })
  let isClosed = false
  const changes = loader(async () => {
    const { createPendingLogouts, createRaise } = await import('./bearer-changes.ts')
    const logouts = createPendingLogouts({ platform, store: pending, url })
    if (isClosed) logouts.close()
    return { logouts, raise: createRaise({ platform, store, token, refresh, runExclusive }) }
  })

  function check(): void {
    state.check()
    renewal.check()
    // Ahead of need, for a page is often left right after a log-out.
    if (platform.isPage && store.read()) changes().catch(() => undefined)
  }
  const onLogouts = (work: 'check' | 'retryNow') => {
    if (pending.read())
      changes()
        .then(({ logouts }) => logouts[work]())
        .catch(() => undefined)
  }

  return {
    loginId: () => store.read()?.login_id ?? null,
    isLoggedIn: () => store.read() !== undefined,
    onChange: state.onChange,
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
    raise: async (request, isExpected) => (await changes()).raise(request, isExpected),
    token,
    send: createSender({ platform, origins, token, refresh }),
    renew,
    async logout() {
      const left = store.read()
      if (!left) return
      const { access_token, refresh_token, login_id } = left
      const entry = { access_token, refresh_token, left_at: platform.now() }
      pending.write([...(pending.read() ?? []), entry].slice(-MAX_PENDING))
      state.leave(login_id)
      await changes().then(
        ({ logouts }) => logouts.retryNow(),
        () => undefined,
      )
    },
    forget: state.leave,
    check,
    resume() {
      check()
      onLogouts('check')
    },
    retryNow() {
      state.check()
      void renewal.retryNow()
      onLogouts('retryNow')
    },
    close() {
      isClosed = true
      renewal.close()
      state.close()
      changes.loaded()?.logouts.close()
    },
  }
}

/** Each takes room in the storage. */
const MAX_PENDING = 5

function listOf<T>(value: unknown): T[] | undefined {
  return Array.isArray(value) ? value : undefined
}
