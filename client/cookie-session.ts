import { type Is, readJson } from './answers.ts'
import { createBackgroundJob } from './background-job.ts'
import type { Marker } from './cookie-mode.ts'
import { isSessionAnswer, sessionOf, throwUnlessRefused, withCookie } from './cookie-requests.ts'
import { createCookieSender } from './cookie-sender.ts'
import { type AuthError, NetworkError } from './errors.ts'
import { isTokenRefusal, REQUEST_TIMEOUT_MS } from './exchange.ts'
import { leave } from './leave.ts'
import type { LoginState } from './login-state.ts'
import type { ModeDeps, Raise } from './mode.ts'
import { createMutex } from './mutex.ts'
import { postRequest } from './posts.ts'
import { send, unlessAborted } from './request.ts'
import { createSender } from './sender.ts'
import { createStore, parseText, type Store } from './store.ts'
import { type AccessResponse, accessTokenFrom } from './token-answers.ts'
import { type AccessToken, createTokenSource, refreshDueAt } from './tokens.ts'

/** Less than it takes to log in. */
const LOOK_AGAIN_MS = 2_000
/** What is good for nothing, so that it is asked for. */
const UNKNOWN: AccessToken = { access_token: '', issued_at: 0, expires_at: 0 }

type Deps = ModeDeps & { store: Store<Marker>; state: LoginState }

export type CookieSession = ReturnType<typeof createCookieSession>

/**
 * A session by a cookie of the service, which no script can read. Access tokens are in this tab's memory alone. Whatever may
 * set the cookie holds the lock: a late answer would put an older cookie in the place of a newer one.
 */
export function createCookieSession(deps: Deps) {
  const { platform, base, name, url, storage, origins, store, state } = deps
  const runExclusive = createMutex({ ...deps, isPage: platform.isPage })
  /** The session that was left here while the service could not be told. Its cookie is still there. */
  const leaving = createStore(storage, `${name}:logout`, parseText)
  const jitter = Math.random()
  let held: (AccessToken & Marker) | undefined
  let isKnown = false
  let lookedAt = Number.NEGATIVE_INFINITY
  let asking: Promise<AccessToken | undefined> | undefined

  /** The token of this tab, unless another tab has changed the session since. */
  function current() {
    const marker = store.read()
    const isOfIt = marker?.login_id === held?.login_id && marker?.renewal === held?.renewal
    return isOfIt ? held : undefined
  }

  function keep(answer: AccessResponse, sentAt: number, isRenewed: boolean): void {
    const login_id = sessionOf(answer.access_token)
    const before = store.read()
    const isSame = before?.login_id === login_id && !isRenewed
    const renewal = isSame ? before.renewal : `${sentAt}.${Math.random()}`
    held = { ...accessTokenFrom(answer, sentAt), login_id, renewal }
    isKnown = true
    lookedAt = platform.now()
    if (!isSame) store.write({ login_id, renewal })
  }

  /** True where somebody may have logged in or out on another origin since, such as that of the service. */
  const isOld = () => Math.abs(platform.now() - lookedAt) > LOOK_AGAIN_MS
  const isLeaving = () => leaving.read() !== undefined
  const post = (path: string, init?: RequestInit) => {
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
    return send(platform, withCookie(postRequest(url(path), undefined, { signal, ...init })))
  }

  /** Asks whose session the cookie is of; nothing where it is of none. */
  async function exchange(): Promise<AccessResponse | undefined> {
    const response = await post('auth/session/token')
    if (response.status !== 401) return readJson(Promise.resolve(response), isSessionAnswer)
    await throwUnlessRefused(response)
    return undefined
  }

  /** Looks who is logged in, within the lock. What another tab did meanwhile stands. */
  async function look(): Promise<void> {
    const sentAt = platform.now()
    const before = store.read()?.login_id
    const answer = await exchange()
    isKnown = true
    lookedAt = platform.now()
    if (store.read()?.login_id !== before) return
    // Somebody else logged in elsewhere, and so this session is over for all who listen.
    if (before && answer && sessionOf(answer.access_token) !== before) store.write(undefined)
    if (answer) keep(answer, sentAt, false)
    else store.write(undefined)
  }

  /** Asks once for all who want to know. */
  function ask(): Promise<AccessToken | undefined> {
    const work = async () => {
      await tellLogout()
      if (!isLeaving()) await look()
      return current()
    }
    asking ??= runExclusive(work, isLeaving() ? 'exclusive' : 'shared').finally(() => {
      asking = undefined
    })
    return asking
  }

  /** Tells the service of a log-out, unless the cookie is of another session by now. */
  async function tellLogout(isSure = false): Promise<void> {
    const left = leaving.read()
    if (left === undefined) return
    if (!isSure) {
      const answer = await exchange()
      const isOther = !answer || sessionOf(answer.access_token) !== left
      if (isOther) isKnown = answer === undefined
      if (isOther) return leaving.write(undefined)
    }
    // It outlives the page, which is often left right after a log-out.
    const response = await post('auth/logout', { keepalive: true })
    if (response.status !== 204) await throwUnlessRefused(response)
    leaving.write(undefined)
  }

  const job = createBackgroundJob({
    platform,
    dueAt() {
      if (!isKnown || isLeaving()) return 0
      const token = current()
      return token && refreshDueAt(token, platform.now(), jitter)
    },
    async run() {
      await ask()
    },
  })

  /** The cookie may be a former one, or the session may have ended, when this fails. */
  async function noticing<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      const isUnsure = error instanceof NetworkError || isTokenRefusal(error as AuthError)
      if (isUnsure && store.read()) void ask().catch(() => undefined)
      throw error
    }
  }

  const byCookie = createCookieSender({
    ...{ platform, isLeaving, isOld, look, ask },
    runExclusive: (work) => noticing(runExclusive(work)),
    sessionId: () => store.read()?.login_id,
  })

  const token = createTokenSource({
    platform,
    read: () => current() ?? (isKnown && !store.read() ? undefined : UNKNOWN),
    refresh: ask,
    renewal: job,
  })
  const sendByToken = createSender({ platform, origins, token, refresh: ask })

  /** The session may have ended on another origin, or one may have been opened there. */
  function lookAgain(): boolean {
    if (!isKnown || isLeaving() || !isOld()) return false
    void ask().catch(() => undefined)
    return true
  }

  return {
    forget: (loginId: string) => leave(state, runExclusive, loginId),
    /** True once it is sure whether anybody is logged in. */
    isKnown: () => isKnown || isLeaving(),
    open<Other>(target: URL, body: object, init: RequestInit | undefined, isOther: Is<Other>) {
      return runExclusive(async () => {
        await tellLogout().catch(() => undefined)
        const sentAt = platform.now()
        const request = postRequest(target, { ...body, transport: 'cookie' }, init)
        const answer = await readJson(
          send(platform, withCookie(request)),
          (value) => isSessionAnswer(value) || isOther(value),
        )
        if (!isSessionAnswer(answer)) return answer
        leaving.write(undefined)
        keep(answer, sentAt, true)
        return answer
      })
    },
    raise: ((request, isExpected = (() => true) as never) => {
      const known = store.read()?.login_id
      const work = async () => {
        const sentAt = platform.now()
        const answer = await readJson(
          byCookie.sendAs(known, request),
          (value) => isSessionAnswer(value) && isExpected(value),
        )
        if (store.read()?.login_id === known) keep(answer, sentAt, true)
        return answer
      }
      return noticing(runExclusive(work))
    }) satisfies Raise as Raise,
    token,
    send(request: Request): Promise<Response> {
      const isOurs = request.url.startsWith(base.href) && !request.headers.has('authorization')
      if (!isOurs) return sendByToken(request)
      return unlessAborted(request.signal, () => byCookie.send(request))
    },
    async renew() {
      if (!isKnown || store.read()) await ask()
    },
    async logout() {
      // A page that has just started does not know yet who is to be logged out.
      if (!isKnown && !store.read()) await ask()
      const left = store.read()?.login_id
      if (left === undefined) return
      leaving.write(left)
      held = undefined
      leave(state, runExclusive, left)
      await runExclusive(() => tellLogout(!isOld())).catch(() => undefined)
      job.check()
    },
    check() {
      // Whoever logs out tells the service; others do where that was not possible.
      if (!isLeaving()) job.check()
    },
    resume() {
      if (!lookAgain()) job.check()
    },
    retryNow() {
      if (!lookAgain()) void job.retryNow()
    },
    close: job.close,
  }
}
