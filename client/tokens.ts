import { fieldsOf, hasTexts } from './answers.ts'
import type { BackgroundJob } from './background-job.ts'
import type { Platform } from './request.ts'

/** An access token, and from when to when it lives in milliseconds of this device's clock. */
export type AccessToken = { access_token: string; issued_at: number; expires_at: number }

/** The tokens of a session as they are stored. */
export type Tokens = AccessToken & {
  refresh_token: string
  /** The same from a log-in to its log-out, so that tabs can tell a refresh from a log-in. */
  login_id: string
}

const MAX_EXPIRY_MARGIN_MS = 30_000
/** Tokens live ever shorter at the end of a session; they are not to be refreshed ever faster. */
const MIN_AGE_MS = 15_000
const CLOCK_TOLERANCE_MS = 60_000

/** True if the access token has expired, or is about to. */
export function isExpiring({ issued_at, expires_at }: AccessToken, now: number): boolean {
  return now >= expires_at - Math.min(MAX_EXPIRY_MARGIN_MS, (expires_at - issued_at) / 10)
}

/**
 * When to refresh ahead of need: at half of the access token's life, and up to a tenth later. `jitter` (0 to 1) keeps
 * clients apart. At once where the tokens seem to come from the future, for then the clock was set back.
 */
export function refreshDueAt(
  { issued_at, expires_at }: AccessToken,
  now: number,
  jitter: number,
): number {
  if (issued_at > now + CLOCK_TOLERANCE_MS) return now
  return issued_at + Math.max(MIN_AGE_MS, (expires_at - issued_at) * (0.5 + jitter / 10))
}

type SourceDeps = {
  platform: Platform
  read: () => AccessToken | undefined
  /** Gives what there is in place of this token; nothing where nobody is logged in. */
  refresh: (staleToken: string) => Promise<AccessToken | undefined>
  /** Refreshes ahead of need, while requests use the token that there is. */
  renewal: BackgroundJob
}

/** Gives a token that is good for now. It waits for a refresh only shortly before the token expires. */
export function createTokenSource({ platform, read, refresh, renewal }: SourceDeps) {
  return async (): Promise<string | undefined> => {
    const stored = read()
    if (!stored) return undefined
    if (!isExpiring(stored, platform.now())) {
      renewal.check()
      return stored.access_token
    }
    try {
      return (await refresh(stored.access_token))?.access_token
    } catch (error) {
      if (platform.now() < stored.expires_at) return stored.access_token
      throw error
    }
  }
}

/** Reads tokens as they were stored. Those of an older client lack what the defaults stand for: they are soon refreshed. */
export function parseTokens(value: unknown): Tokens | undefined {
  const stored = fieldsOf(value)
  const isComplete =
    hasTexts(stored, 'access_token', 'refresh_token') && typeof stored.expires_at === 'number'
  return isComplete ? ({ issued_at: 0, login_id: 'older', ...stored } as Tokens) : undefined
}
