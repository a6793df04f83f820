import { createBackgroundJob } from './background-job.ts'
import { AuthError } from './errors.ts'
import type { Platform } from './request.ts'
import type { Store } from './store.ts'
import type { User } from './types.ts'

type Deps = {
  platform: Platform
  /** Null where nobody is logged in, undefined while that is not known. */
  loginId: () => string | null | undefined
  /** Tells other tabs of a change: another text after each. */
  changes: Store<string>
  /** Asks the service for the user, and hands it over to `keep`. */
  load: () => Promise<User>
  /** Which version each user is of that the service gave. */
  versions: WeakMap<User, string>
}

export type UserSnapshot = ReturnType<typeof createUserSnapshot>

/** The user as the service said last. Once somebody has asked for it, it follows log-ins, log-outs and changes, in all tabs. */
export function createUserSnapshot({ platform, loginId, changes, load, versions }: Deps) {
  const listeners = new Set<(user: User | null | undefined) => void>()
  let user: User | null | undefined
  let known = loginId()
  let change = changes.read()
  let isWanted = false
  let isStale = true
  /** Counts what was written, so that an answer from before is not taken for the newest. */
  let writes = 0

  const job = createBackgroundJob({
    platform,
    dueAt: () => (isWanted && isStale && loginId() ? 0 : undefined),
    async run() {
      try {
        await load()
      } catch (error) {
        // The next change may change that, but no repetition.
        if (!(error instanceof AuthError && error.status < 500 && error.status !== 429)) throw error
        isStale = false
      }
    },
  })

  function set(next: User | null | undefined): void {
    const isSame = JSON.stringify(next) === JSON.stringify(user)
    if (isSame && (!next || !user || versions.get(next) === versions.get(user))) return
    user = next
    for (const listener of listeners)
      queueMicrotask(() => listeners.has(listener) && listener(user))
  }

  function check(): void {
    const id = loginId()
    if (id === null && changes.read() !== undefined) changes.write(undefined)
    const found = changes.read()
    if (id !== known || found !== change) isStale = true
    if (id !== known || !id) set(id === null ? null : undefined)
    known = id
    change = found
    job.check()
  }

  function want(): void {
    if (isWanted) return
    isWanted = true
    check()
  }

  /** Tells other tabs that the user has changed. */
  function tell(): void {
    change = String(Math.random())
    changes.write(change)
  }

  return {
    check,
    get(): User | null | undefined {
      want()
      return user
    },
    onChange(listener: (user: User | null | undefined) => void): () => void {
      want()
      const own = (user: User | null | undefined) => listener(user)
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    /** Reads the user by `read`; what comes is the newest, unless it was overtaken. */
    async keep(read: () => Promise<User>, isWrite = false): Promise<User> {
      const [id, before] = [loginId(), writes]
      const found = await read()
      if (isWrite) writes++
      // Of a cookie it may be whose log-in is not known here, or who has logged out without a network.
      if (id && id === loginId() && (isWrite || before === writes)) {
        isStale = false
        set(found)
        if (isWrite) tell()
      }
      return found
    },
    /** What is known may be outdated, in all tabs. */
    expire(): void {
      isStale = true
      if (loginId()) tell()
      job.check()
    },
    retryNow: job.retryNow,
    close() {
      job.close()
      listeners.clear()
    },
  }
}
