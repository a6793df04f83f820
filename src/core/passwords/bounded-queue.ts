/** Thrown when a caller would have to wait too long. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull'
}

export type BoundedQueueOptions = {
  /** How many run at once. */
  width: number
  /** How many may wait. */
  maxWaiting: number
  maxWaitMilliseconds: number
  now?: () => number
}

/** A place that is held longer belongs to a cancelled request. Workers runs no `finally` for such a request. */
export const LEASE_MILLISECONDS = 5_000

type Place = { takenAt: number }

/**
 * Runs at most `width` tasks at once, in order of arrival. Throws `QueueFull` at once if too many wait already, or
 * after `maxWaitMilliseconds` in the queue. Each waiting caller sets its own timer. Without one, Workers cancels a
 * request as hung if it only awaits a promise of another request.
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
    // The waiter clears its own timer: on Workers no other request can reach it.
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
