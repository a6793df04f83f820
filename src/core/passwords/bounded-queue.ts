/** Thrown when a caller would have to wait too long. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull'
}

/** Thrown when nobody waits for the result any more. */
export class CallerLeft extends Error {
  override readonly name = 'CallerLeft'
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

/** How busy a queue is at the moment, and how many it has refused so far. */
export type QueueLoad = { running: number; waiting: number; refused: number }

/**
 * Runs at most `width` tasks at once, in order of arrival. Throws `QueueFull` at once if too many wait already, or
 * after `maxWaitMilliseconds` in the queue. Throws `CallerLeft` if the signal is aborted: a waiting task never runs then,
 * and the result of a running one is not used. Each waiting caller sets its own timer. Without one, Workers cancels a
 * request as hung if it only awaits a promise of another request. `load` of the result tells how busy it is.
 */
export function createBoundedQueue({
  width,
  maxWaiting,
  maxWaitMilliseconds,
  now = Date.now,
}: BoundedQueueOptions) {
  const places = new Set<Place>()
  const waiting = new Set<(place: Place) => void>()
  let refused = 0

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

  function full(message: string): QueueFull {
    refused++
    return new QueueFull(message)
  }

  async function queue(signal: AbortSignal): Promise<Place> {
    if (waiting.size >= maxWaiting) throw full('too many are waiting')
    const { promise: turn, resolve, reject } = Promise.withResolvers<Place>()
    waiting.add(resolve)
    const leave = (reasonOf: () => Error) => {
      if (waiting.delete(resolve)) reject(reasonOf())
    }
    const onAbort = () => leave(() => new CallerLeft('while waiting'))
    signal.addEventListener('abort', onAbort)
    const timer = setTimeout(() => leave(() => full('waited too long')), maxWaitMilliseconds)
    // The waiter clears its own timer: on Workers no other request can reach it.
    return turn.finally(() => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    })
  }

  async function through<Result>(
    task: () => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    if (signal.aborted) throw new CallerLeft('before it began')
    admitNext()
    const place = (waiting.size === 0 && take()) || (await queue(signal))
    try {
      const result = await task()
      if (signal.aborted) throw new CallerLeft('meanwhile')
      return result
    } finally {
      places.delete(place)
      admitNext()
    }
  }

  const load = (): QueueLoad => ({ running: places.size, waiting: waiting.size, refused })
  return Object.assign(through, { load })
}
