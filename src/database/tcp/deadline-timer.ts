/** When something is due, and whom to tell when it has not come by then. */
type Deadline = { dueAt: number; onDue: () => void }

/**
 * Sets deadlines that are all equally far away, with one timer for all: none is due before an earlier one, so only the
 * eldest is ever looked at. Returns how to set one, which returns how to lift it: true, unless it had passed.
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
