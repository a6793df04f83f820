import type { LoginState } from './login-state.ts'
import type { RunExclusive } from './mutex.ts'

/**
 * Forgets a log-in at once, and again when nothing refreshes, for a tab that did might have brought it back. Nobody waits
 * for that, since a refresh may take long.
 */
export function leave(state: LoginState, runExclusive: RunExclusive, loginId: string): void {
  state.forget(loginId)
  void runExclusive(async () => state.forget(loginId)).catch(() => undefined)
}
