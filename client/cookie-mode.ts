import { hasTexts } from './answers.ts'
import { deferred, loader } from './deferred.ts'
import { createLoginState } from './login-state.ts'
import type { Mode, ModeDeps } from './mode.ts'
import { createStore } from './store.ts'

/** What tells other tabs of a log-in: the id of the session, which opens nothing, and of its last renewal. */
export type Marker = { login_id: string; renewal: string }

/** A session by a cookie. Here is what is known at once; all else is loaded when the page starts. */
export function createCookieMode(deps: ModeDeps): Mode {
  const store = createStore(deps.storage, deps.name, parseMarker)
  const state = createLoginState({ ...deps, store })
  let isClosed = false
  const load = loader(async () => {
    const { createCookieSession } = await import('./cookie-session.ts')
    const session = createCookieSession({ ...deps, store, state })
    if (isClosed) session.close()
    return session
  })
  const start = (work: 'resume' | 'retryNow') => () => {
    state.check()
    if (deps.platform.isPage)
      void load().then(
        (loaded) => loaded[work](),
        () => undefined,
      )
  }

  return {
    ...deferred(load, ['open', 'raise', 'token', 'send', 'renew', 'logout']),
    loginId: () => store.read()?.login_id ?? (load.loaded()?.isKnown() ? null : undefined),
    isLoggedIn: () => store.read() !== undefined,
    onChange: state.onChange,
    forget(loginId) {
      state.forget(loginId)
      load.loaded()?.forget(loginId)
    },
    check() {
      state.check()
      load.loaded()?.check()
    },
    resume: start('resume'),
    retryNow: start('retryNow'),
    close() {
      isClosed = true
      state.close()
      load.loaded()?.close()
    },
  }
}

function parseMarker(value: unknown): Marker | undefined {
  return hasTexts(value, 'login_id', 'renewal') ? (value as Marker) : undefined
}
