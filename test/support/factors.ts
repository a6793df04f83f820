import type { Person, TestApp } from './app.ts'
import { type Pair, setSession, setUser } from './sessions.ts'

/**
 * Has a user count as enrolled without a factor that could be proven, and the session as one of two factors. For what
 * depends on no code.
 */
export async function enrolledBehindBack(
  t: TestApp,
  person: Person,
  tokens: Pair,
  assignments = 'second_factor_at = now()',
): Promise<void> {
  await setUser(t, person, 'factor_count = 1')
  await setSession(t, tokens, `aal = 2, ${assignments}`)
}
