import type { Store } from './store.ts'
import type { Tokens } from './tokens.ts'

export type LoginState = ReturnType<typeof createLoginState>

/** Knows when somebody has logged in or out, whichever tab it was in, and tells once. */
export function createLoginState(store: Store<Tokens>, onLoggedOut: () => void) {
  const listeners = new Set<(isLoggedIn: boolean) => void>()
  let loginId = store.read()?.login_id
  let isForgetting = false

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
      tell(found !== undefined, isForgetting)
    },
    /** Forgets the tokens because this client's user wants to leave. */
    forget(): void {
      isForgetting = true
      store.write(undefined)
      isForgetting = false
    },
    onChange(listener: (isLoggedIn: boolean) => void): () => void {
      const own = (isLoggedIn: boolean) => listener(isLoggedIn)
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    close: () => listeners.clear(),
  }
}
