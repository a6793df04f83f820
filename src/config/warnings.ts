import { type Config, variables } from './index.ts'
import { lookAlikes } from './look-alikes.ts'

/** What is allowed, but may not be what an operator wants. Each is undefined where there is no doubt. */
const DOUBTS: ((config: Config) => string | undefined)[] = [
  function refreshTooShort({ tokens }) {
    const access = tokens.accessLifetimeSeconds / 60
    const refresh = tokens.refreshLifetimeSeconds / 60
    if (refresh > access) return undefined
    return `REFRESH_TOKEN_EXPIRE_MINUTES: is not longer than ACCESS_TOKEN_EXPIRE_MINUTES. People are logged out every ${refresh} minutes, however active they are, unless the client refreshes before that. Set ACCESS_TOKEN_EXPIRE_MINUTES=15 and REFRESH_TOKEN_EXPIRE_MINUTES=43200 (30 days)`
  },
]

/** Returns a line for each doubt about a configuration that can be used. They tell no secrets. */
export function configWarnings(config: Config, given: Record<string, unknown>): string[] {
  return [
    ...DOUBTS.map((doubt) => doubt(config)).filter((line) => line !== undefined),
    ...lookAlikes(given, Object.keys(variables)),
  ]
}
