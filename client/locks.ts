/** Runs `task` while nobody else holds the same name. */
export type Exclusive = <T>(task: () => Promise<T>) => Promise<T>

/** The part of Web Locks that is needed; `navigator.locks` fits. */
export type Locks = {
  request<T>(name: string, options: { signal: AbortSignal }, task: () => Promise<T>): Promise<T>
}

// Longer than a refresh with all its retries takes; a tab that holds on longer is stuck.
const MAX_WAIT_MS = 15_000

const lastInPage = new Map<string, Promise<unknown>>()

/** One at a time across the tabs of an origin by Web Locks; within this page where there are none. */
export function createExclusive(name: string, locks: Locks | undefined): Exclusive {
  const inPage: Exclusive = (task) => {
    const turn = (lastInPage.get(name) ?? Promise.resolve()).then(task)
    const settled = turn.catch(() => undefined)
    lastInPage.set(name, settled)
    return turn
  }
  if (!locks) return inPage
  return async (task) => {
    let isGranted = false
    const granted = () => {
      isGranted = true
      return task()
    }
    try {
      return await locks.request(name, { signal: AbortSignal.timeout(MAX_WAIT_MS) }, granted)
    } catch (error) {
      if (isGranted) throw error
      // No tab may be shut out by another; the server's grace keeps what follows harmless.
      return inPage(task)
    }
  }
}

/** Web Locks, which exist in secure contexts alone. */
export function defaultLocks(): Locks | undefined {
  return globalThis.navigator?.locks as Locks | undefined
}
