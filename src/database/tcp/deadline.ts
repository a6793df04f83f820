/** What is waited for, and whom to tell when it does not come. */
type Awaited = { dueAt: number; onDue: () => void }

/**
 * Gives everything that is waited for the same time to come, with one timer for all: none can be due before one that was
 * begun earlier, so only the eldest is ever looked at. Returns how to begin, which returns how to say that it came: true,
 * unless it came too late.
 */
export function createWatch(milliseconds: number): (onDue: () => void) => () => boolean {
  const waiting = new Set<Awaited>()
  let timer: NodeJS.Timeout | undefined

  function look(): void {
    const now = performance.now()
    try {
      for (const one of waiting) {
        if (one.dueAt > now) break
        waiting.delete(one)
        one.onDue()
      }
    } finally {
      const [eldest] = waiting
      timer = eldest && lookIn(eldest.dueAt - now)
    }
  }

  function lookIn(after: number): NodeJS.Timeout {
    return setTimeout(look, Math.ceil(after)).unref()
  }

  return (onDue) => {
    const one = { dueAt: performance.now() + milliseconds, onDue }
    waiting.add(one)
    if (timer === undefined) timer = lookIn(milliseconds)
    return () => waiting.delete(one)
  }
}
