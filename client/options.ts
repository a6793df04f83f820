import type { KeyValueStorage } from './storage.ts'

export type AuthClientOptions = {
  /** Where the service is; a relative URL counts from the page. */
  baseUrl: string
  /**
   * `bearer` (default) keeps tokens in `storage`. With `cookie` the service keeps the session in a cookie that no script can
   * read; `storage` then has no more than the id of the session, which tells other tabs of log-ins and log-outs.
   */
  credentials?: 'bearer' | 'cookie'
  /** Where the tokens are kept: `localStorage` unless given. */
  storage?: KeyValueStorage
  /** Web Locks unless given; `false` does without. */
  locks?: Locks | false
  /** Other origins that `fetch` may send the access token to; the service's own always gets it. */
  trustedOrigins?: readonly string[]
  /** Called when the session has ended in any other way than by this client's own `logout` or `logoutAll`. */
  onLoggedOut?: () => void
  fetch?: (request: Request) => Promise<Response>
  /** The clock; tests bring their own. */
  clock?: Clock
}

/** The part of Web Locks that is needed; `navigator.locks` fits. */
export type Locks = {
  request<T>(
    name: string,
    options: { mode?: 'exclusive' | 'shared'; ifAvailable?: boolean; signal?: AbortSignal },
    task: (lock: unknown) => Promise<T>,
  ): Promise<T>
}

export type Clock = {
  /** Milliseconds since 1970. */
  now?(): number
  sleep?(milliseconds: number): Promise<void>
  /** Runs something later; gives what cancels it. */
  setTimer?(run: () => void, milliseconds: number): () => void
}
