/** Thrown at a caller who would have to wait too long. */
export class GateFull extends Error {
  override readonly name = 'GateFull'
}

export type GateOptions = {
  /** How many run at once. */
  width: number
  /** How many may wait besides. */
  maxWaiting: number
  maxWaitMilliseconds: number
}

type Waiter = { start: () => void; timer: ReturnType<typeof setTimeout> }

/**
 * Runs tasks a few at a time, first come first served; whom it cannot serve soon it turns away at once.
 * Each waiter holds a timer of its own, without which Workers would take a request that only waits for a promise of
 * another request to have hung, and cancel it.
 */
export function createGate({ width, maxWaiting, maxWaitMilliseconds }: GateOptions) {
  const waiting: Waiter[] = []
  let running = 0

  const enter = () =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(waiter), 1)
        reject(new GateFull('waited too long'))
      }, maxWaitMilliseconds)
      const waiter = { start: resolve, timer }
      waiting.push(waiter)
    })

  const leave = () => {
    const next = waiting.shift()
    if (!next) {
      running--
      return
    }
    clearTimeout(next.timer)
    next.start()
  }

  return async function through<Result>(task: () => Promise<Result>): Promise<Result> {
    if (running < width) running++
    else if (waiting.length < maxWaiting) await enter()
    else throw new GateFull('too many are waiting')
    try {
      return await task()
    } finally {
      leave()
    }
  }
}
