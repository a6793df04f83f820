import { fieldsOf, hasTexts, readAuthError } from './answers.ts'
import { type BackgroundJob, createBackgroundJob } from './background-job.ts'
import { exchangeRefreshToken, isTokenRefusal, REQUEST_TIMEOUT_MS } from './exchange.ts'
import { postRequest } from './posts.ts'
import { type Platform, send } from './request.ts'
import type { Store } from './store.ts'

/** The tokens of a session that was left here and may live on at the service. */
export type PendingLogout = { access_token: string; refresh_token: string; left_at: number }

type Deps = {
  platform: Platform
  store: Store<PendingLogout[]>
  url: (path: string) => URL
}

/** By then the session should have ended by its age. */
const MAX_AGE_MS = 30 * 86_400_000
/** Tells the service of log-outs until it knows, also after a reload. Tokens end their own session, never a newer one. */
export function createPendingLogouts(deps: Deps): BackgroundJob {
  const { platform, store } = deps
  const read = () => (store.read() ?? []).filter(isPendingLogout)
  const write = (pending: PendingLogout[]) => store.write(pending.length ? pending : undefined)
  const replace = (old: PendingLogout, ...successors: PendingLogout[]) =>
    write(read().flatMap((one) => (one.refresh_token === old.refresh_token ? successors : [one])))

  async function tell(pending: PendingLogout): Promise<void> {
    if (platform.now() > pending.left_at + MAX_AGE_MS) return replace(pending)
    if (await endSession(deps, pending.access_token)) return replace(pending)
    const outcome = await exchangeRefreshToken(
      platform,
      deps.url('auth/refresh'),
      pending.refresh_token,
    )
    if ('isRefused' in outcome) return replace(pending)
    if (!('answer' in outcome)) throw outcome.error
    const { access_token, refresh_token } = outcome.answer
    const renewed = { access_token, refresh_token, left_at: pending.left_at }
    replace(pending, renewed)
    if (await endSession(deps, access_token)) replace(renewed)
  }

  return createBackgroundJob({
    platform,
    dueAt: () => (read().length > 0 ? 0 : undefined),
    async run() {
      await Promise.allSettled(read().map(tell))
    },
  })
}

/** Gives true once the session has ended, false when the access token is too old to end it; it throws when nobody could tell. */
async function endSession({ platform, url }: Deps, accessToken: string): Promise<boolean> {
  const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
  // It outlives the page, which is often left right after a log-out.
  const request = postRequest(url('auth/logout'), undefined, { keepalive: true, signal })
  const response = await send(platform, request, accessToken)
  if (response.status === 204) return true
  const error = await readAuthError(response)
  if (isTokenRefusal(error)) return false
  throw error
}

function isPendingLogout(one: unknown): one is PendingLogout {
  return hasTexts(one, 'access_token', 'refresh_token') && typeof fieldsOf(one).left_at === 'number'
}
