/** Tells whether any task is in flight. */
export type InFlight = {
  /** Runs a task, which is in flight until it settles or its lease expires. */
  run: <Result>(task: () => Promise<Result>) => Promise<Result>
  isBusy: () => boolean
}

/**
 * Tasks have a lease, because Workers runs no `finally` in a cancelled request. Without it such a task would never end.
 */
export function createInFlight(leaseMilliseconds: number, now = Date.now): InFlight {
  const begun = new Set<{ at: number }>()
  return {
    async run(task) {
      const one = { at: now() }
      begun.add(one)
      try {
        return await task()
      } finally {
        begun.delete(one)
      }
    },
    isBusy() {
      for (const one of begun) {
        if (now() - one.at < leaseMilliseconds) return true
        begun.delete(one)
      }
      return false
    },
  }
}
