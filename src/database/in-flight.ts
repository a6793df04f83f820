/** Knows whether anything is in flight. */
export type InFlight = {
  /** Runs a task, which is in flight until it settles or its lease is over. */
  run: <Result>(task: () => Promise<Result>) => Promise<Result>
  isAny: () => boolean
}

/** Tasks are leased, because Workers runs no `finally` in a request that was cancelled: its tasks would never end. */
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
    isAny() {
      for (const one of begun) {
        if (now() - one.at < leaseMilliseconds) return true
        begun.delete(one)
      }
      return false
    },
  }
}
