import type { AuthClientOptions, Locks } from './options.ts'
import type { Platform } from './request.ts'
import { type KeyValueStorage, memoryStorage } from './storage.ts'

/** Where a relative URL counts from outside of pages: nobody answers there, so that a server may render without a request. */
const NOWHERE = 'http://page.invalid/'

/** The options, with the defaults that the page gives. It throws, in words, where they cannot work. */
export function resolveOptions(options: AuthClientOptions) {
  const { baseUrl, clock, onLoggedOut = () => undefined, trustedOrigins = [] } = options
  if (typeof baseUrl !== 'string') throw refusal('baseUrl is missing')
  const base = new URL(baseUrl.replace(/\/*$/, '/'), globalThis.location?.href ?? NOWHERE)
  const isByCookie = options.credentials === 'cookie'
  const name = `edge-auth:${base.href}${isByCookie ? ':cookie' : ''}`
  // Whoever gives timers wants them used.
  const isPage = isInPage() || clock?.setTimer !== undefined
  const platform: Platform = {
    fetch: options.fetch ?? ((request) => globalThis.fetch(request)),
    isOnline: () => globalThis.navigator?.onLine !== false,
    isPage,
    now: () => Date.now(),
    sleep: (milliseconds) => new Promise((resolve) => void setTimeout(resolve, milliseconds)),
    setTimer,
    ...clock,
  }
  return {
    base,
    name,
    isByCookie,
    platform,
    onLoggedOut,
    origins: new Set([base.origin, ...trustedOrigins]),
    storage: synchronous(options.storage ?? defaultStorage(), name),
    locks: options.locks === false ? undefined : (options.locks ?? defaultLocks(isPage)),
  }
}

/** A timer that keeps no Node process alive. */
function setTimer(run: () => void, milliseconds: number): () => void {
  const timer: unknown = setTimeout(run, milliseconds)
  ;(timer as { unref?: () => void }).unref?.()
  return () => clearTimeout(timer as number)
}

/** `localStorage`, which all tabs of an origin share; memory where the browser withholds it. */
function defaultStorage(): KeyValueStorage {
  try {
    // Servers may have one too, and there it would be shared by everybody's requests.
    const storage = isInPage() ? globalThis.localStorage : null
    storage?.getItem('edge-auth:probe')
    return storage ?? memoryStorage()
  } catch {
    return memoryStorage()
  }
}

/** Web Locks, which exist in secure contexts alone. A server has some too, by which people would wait for each other. */
function defaultLocks(isPage: boolean): Locks | undefined {
  return isPage ? (globalThis.navigator?.locks as Locks | undefined) : undefined
}

/** False on servers, and in a page's workers. */
function isInPage(): boolean {
  return 'window' in globalThis
}

/** The storage, unless it answers with promises; those would look like tokens, or like none. */
function synchronous(storage: KeyValueStorage, key: string): KeyValueStorage {
  let found: unknown
  try {
    found = storage.getItem(key)
  } catch {
    return storage
  }
  if (typeof (found as PromiseLike<unknown> | null)?.then !== 'function') return storage
  Promise.resolve(found).catch(() => undefined)
  throw refusal('storage must be synchronous, and its getItem gives a promise')
}

function refusal(reason: string): TypeError {
  return new TypeError(`createAuthClient: ${reason}`)
}
