import type { Store } from './store.ts'

export type LoginState = ReturnType<typeof createLoginState>

type Deps = {
  /** What tells of the log-in in all tabs: the same id from a log-in to its log-out. */
  store: Store<{ login_id: string }>
  onLoggedOut: () => void
}

/** Knows when somebody has logged in or out, whichever tab it was in, and tells once. */
export function createLoginState({ store, onLoggedOut }: Deps) {
  const listeners = new Set<(isLoggedIn: boolean) => void>()
  let loginId = store.read()?.login_id
  let isLeaving = false

  /** A listener that fails must not fail whoever made the change, so each is called on its own. */
  function tell(isLoggedIn: boolean, isOwnLogout: boolean): void {
    for (const listener of listeners) {
      queueMicrotask(() => {
        if (listeners.has(listener)) listener(isLoggedIn)
      })
    }
    if (!isLoggedIn && !isOwnLogout) queueMicrotask(onLoggedOut)
  }

  return {
    /** Compares with what was known before. */
    check(): void {
      const found = store.read()?.login_id
      if (found === loginId) return
      loginId = found
      tell(found !== undefined, isLeaving)
    },
    /** Forgets a log-in because this client's user wants to leave. */
    forget(left: string): void {
      if (store.read()?.login_id !== left) return
      isLeaving = true
      store.write(undefined)
      isLeaving = false
    },
    onChange(listener: (isLoggedIn: boolean) => void): () => void {
      const own = (isLoggedIn: boolean) => listener(isLoggedIn)
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    close: () => listeners.clear(),
  }
}
