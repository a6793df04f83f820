import { createBackgroundJob } from './background-job.ts'
import { deferred, loader } from './deferred.ts'
import { createLoginState } from './login-state.ts'
import type { Mode, ModeDeps } from './mode.ts'
import type { PendingLogout } from './pending-logouts.ts'
import { createSender } from './sender.ts'
import { createStore } from './store.ts'
import { createTokenSource, parseTokens, refreshDueAt } from './tokens.ts'

/** A session by tokens in the storage, which all tabs share and one of them refreshes. */
export function createBearerMode(deps: ModeDeps): Mode {
  const { platform, name, storage, origins } = deps
  const store = createStore(storage, name, parseTokens)
  const pending = createStore(storage, `${name}:logouts`, listOf<PendingLogout>)
  const state = createLoginState({ ...deps, store })
  let isClosed = false
  const changes = loader(async () => {
    const { createBearerChanges } = await import('./bearer-changes.ts')
    const loaded = createBearerChanges({ ...deps, store, state, pending, token })
    if (isClosed) loaded.logouts.close()
    return loaded
  })
  const refresh = async (staleToken: string) => (await changes()).refresh(staleToken)

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
  function check(): void {
    state.check()
    renewal.check()
    // Ahead of need: a page is often left right after a log-out.
    if (platform.isPage) changes().catch(ignore)
  }
  const onLogouts = (work: 'check' | 'retryNow') => {
    if (pending.read())
      changes()
        .then(({ logouts }) => logouts[work]())
        .catch(ignore)
  }

  return {
    ...deferred(changes, ['open', 'raise']),
    loginId: () => store.read()?.login_id ?? null,
    isLoggedIn: () => store.read() !== undefined,
    onChange: state.onChange,
    token,
    send: createSender({ platform, origins, token, refresh }),
    renew,
    async logout() {
      const left = store.read()
      if (!left) return
      const { access_token, refresh_token, login_id } = left
      const entry = { access_token, refresh_token, left_at: platform.now() }
      pending.write([...(pending.read() ?? []), entry].slice(-MAX_PENDING))
      state.forget(login_id)
      await changes().then((loaded) => loaded.logOut(login_id), ignore)
    },
    forget(loginId) {
      state.forget(loginId)
      changes().then((loaded) => loaded.forget(loginId), ignore)
    },
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

function ignore(): void {}
