/** Thrown at a caller who would have to wait too long. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull'
}

export type BoundedQueueOptions = {
  /** How many run at once. */
  width: number
  /** How many may wait besides. */
  maxWaiting: number
  maxWaitMilliseconds: number
  now?: () => number
}

/** A place inside that is not given back within this time belongs to a request that was cancelled: Workers runs no `finally` then. */
export const LEASE_MILLISECONDS = 5_000

type Place = { takenAt: number }

/**
 * Runs tasks a few at a time, first come first served; whom it cannot serve soon it turns away at once.
 * Each waiter holds a timer of its own, without which Workers would take a request that only waits for a promise of
 * another request to have hung, and cancel it.
 */
export function createBoundedQueue({
  width,
  maxWaiting,
  maxWaitMilliseconds,
  now = Date.now,
}: BoundedQueueOptions) {
  const places = new Set<Place>()
  const waiting = new Set<(place: Place) => void>()

  function take(): Place | undefined {
    for (const place of places) {
      if (now() - place.takenAt > LEASE_MILLISECONDS) places.delete(place)
    }
    if (places.size >= width) return undefined
    const place = { takenAt: now() }
    places.add(place)
    return place
  }

  function admitNext(): void {
    for (const start of waiting) {
      const place = take()
      if (!place) return
      waiting.delete(start)
      start(place)
    }
  }

  async function queue(): Promise<Place> {
    if (waiting.size >= maxWaiting) throw new QueueFull('too many are waiting')
    let timer: ReturnType<typeof setTimeout> | undefined
    const turn = new Promise<Place>((resolve, reject) => {
      waiting.add(resolve)
      timer = setTimeout(() => {
        if (waiting.delete(resolve)) reject(new QueueFull('waited too long'))
      }, maxWaitMilliseconds)
    })
    // Cleared by the waiter: on Workers nobody else can reach its timer.
    return turn.finally(() => clearTimeout(timer))
  }

  return async function through<Result>(task: () => Promise<Result>): Promise<Result> {
    admitNext()
    const place = (waiting.size === 0 && take()) || (await queue())
    try {
      return await task()
    } finally {
      places.delete(place)
      admitNext()
    }
  }
}
