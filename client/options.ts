import { defaultLocks, type Locks } from './mutex.ts'
import type { Platform } from './request.ts'
import { defaultStorage, type KeyValueStorage, onRemovedInOtherTab } from './storage.ts'

export type AuthClientOptions = {
  /** Where the service is; a relative URL counts from the page. */
  baseUrl: string
  /** Where the tokens are kept: `localStorage` unless given. */
  storage?: KeyValueStorage
  /** Web Locks unless given; `false` does without. */
  locks?: Locks | false
  /** Other origins that `fetch` may send the access token to; the service's own always gets it. */
  trustedOrigins?: readonly string[]
  /** Called when the session turns out to have ended, in this tab or another. */
  onLoggedOut?: () => void
  fetch?: Platform['fetch']
  /** The clock; tests bring their own. */
  clock?: Pick<Platform, 'now' | 'sleep'>
}

/** The options, with the defaults that the page gives. */
export function resolveOptions(options: AuthClientOptions) {
  const base = new URL(options.baseUrl.replace(/\/*$/, '/'), globalThis.location?.href)
  const name = `edge-auth:${base.href}`
  const onLoggedOut = options.onLoggedOut ?? (() => undefined)
  if (!options.storage) onRemovedInOtherTab(name, onLoggedOut)
  const platform: Platform = {
    fetch: options.fetch ?? ((request) => globalThis.fetch(request)),
    now: () => Date.now(),
    sleep: (milliseconds) => new Promise((resolve) => void setTimeout(resolve, milliseconds)),
    ...options.clock,
  }
  return {
    base,
    name,
    platform,
    onLoggedOut,
    origins: new Set([base.origin, ...(options.trustedOrigins ?? [])]),
    storage: options.storage ?? defaultStorage(),
    locks: options.locks === false ? undefined : (options.locks ?? defaultLocks()),
  }
}
