/** When a deadline expires, and what it calls then. */
type Deadline = { dueAt: number; onDue: () => void }

/**
 * Sets deadlines of equal length with one timer for all. They expire in order, so only the oldest is checked. Returns a
 * function that sets one. That returns a function that clears it, and tells whether it had not expired yet.
 */
export function createDeadlines(milliseconds: number): (onDue: () => void) => () => boolean {
  const waiting = new Set<Deadline>()
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
