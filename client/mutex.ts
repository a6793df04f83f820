import type { Locks } from './options.ts'

type Sharing = 'exclusive' | 'shared'
/**
 * Runs `task` while nobody else holds the same name; `waited` says that another tab held it before. What is `shared` may run
 * beside its like.
 */
export type RunExclusive = <T>(task: (waited: boolean) => Promise<T>, mode?: Sharing) => Promise<T>

// Longer than a refresh with all its retries takes; a tab that holds on longer is stuck.
const MAX_WAIT_MS = 15_000

const lastInPage = new Map<string, Promise<unknown>>()

type Names = { name: string; locks: Locks | undefined; isPage: boolean }

/**
 * One at a time across the tabs of an origin by Web Locks; within this page where there are none. On a server a client
 * waits for itself alone, since others are other people's.
 */
export function createMutex({ name, locks, isPage }: Names): RunExclusive {
  const last = isPage ? lastInPage : new Map<string, Promise<unknown>>()
  const runInPage: RunExclusive = (task) => {
    const turn = (last.get(name) ?? Promise.resolve()).then(() => task(false))
    last.set(
      name,
      turn.catch(() => undefined),
    )
    return turn
  }
  return locks
    ? (task, mode = 'exclusive') => runAcrossTabs({ name, locks, mode, runInPage }, task)
    : runInPage
}

type AcrossTabs = { name: string; locks: Locks; mode: Sharing; runInPage: RunExclusive }

async function runAcrossTabs<T>(
  { name, locks, mode, runInPage }: AcrossTabs,
  task: (waited: boolean) => Promise<T>,
): Promise<T> {
  let isGranted = false
  const grant = async (lock: unknown, waited: boolean) => {
    if (!lock) return undefined
    isGranted = true
    return { result: await task(waited) }
  }
  try {
    const options = { mode, signal: AbortSignal.timeout(MAX_WAIT_MS) }
    const done =
      (await locks.request(name, { mode, ifAvailable: true }, (lock) => grant(lock, false))) ??
      (await locks.request(name, options, (lock) => grant(lock, true)))
    if (done) return done.result
  } catch (error) {
    if (isGranted) throw error
  }
  // No tab may be shut out by another; the server's grace keeps what follows harmless.
  return runInPage(task)
}
