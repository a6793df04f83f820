import type { Is } from './answers.ts'
import type { Locks } from './options.ts'
import type { Platform } from './request.ts'
import type { KeyValueStorage } from './storage.ts'
import type { AccessResponse } from './token-answers.ts'

/** Sends a request that gives the session fresh tokens, keeps them for all tabs, and gives the answer. */
export type Raise = <Answer extends object = object>(
  request: Request,
  isExpected?: Is<Answer>,
) => Promise<Answer>

/** How a client carries its session: by tokens that it keeps, or by a cookie that no script can read. */
export type Mode = {
  /** Which log-in this is; null where nobody is logged in, undefined while that is not known. */
  loginId(): string | null | undefined
  isLoggedIn(): boolean
  onChange(listener: (isLoggedIn: boolean) => void): () => void
  /** Sends what opens a session, and keeps that for all tabs. An answer of another kind is for the caller. */
  open<Other>(
    url: URL,
    body: object,
    init: RequestInit | undefined,
    isOther: Is<Other>,
  ): Promise<AccessResponse | Other>
  raise: Raise
  /** An access token that is good for now. */
  token(): Promise<string | undefined>
  /** Sends a request as the logged-in user; without one it goes as it is. */
  send(request: Request): Promise<Response>
  /** Asks the service for a new access token, if anybody may be logged in here. */
  renew(): Promise<unknown>
  logout(): Promise<void>
  /** Forgets a log-in that the service has ended. */
  forget(loginId: string): void
  /** Looks what other clients did. */
  check(): void
  /** The same, and does what was left undone. */
  resume(): void
  /** Does at once what failed for want of a network. */
  retryNow(): void
  close(): void
}

export type ModeDeps = {
  platform: Platform
  base: URL
  name: string
  url: (path: string) => URL
  storage: KeyValueStorage
  origins: ReadonlySet<string>
  locks: Locks | undefined
  onLoggedOut: () => void
}
