import type { Engine } from './engine.ts'

/** An engine that is started anew when it stops. */
export type Supervised = {
  /** The running engine, once it answers. Rejects while there is none and the next attempt is not due. */
  engine(): Promise<Engine>
  /** Stops whatever runs by starting anew; resolves when the new engine answers. */
  interrupt(): Promise<void>
  close(): Promise<void>
}

export type Watcher = {
  /** False in memory, where a new engine would begin with nothing. */
  isLasting: boolean
  /** Told of every stop that nobody asked for, and of every attempt that failed. */
  onStopped?: ((reason: Error) => void) | undefined
  /** Told once, when no attempt helped and none will follow. */
  onLost?: ((reason: Error) => void) | undefined
}

/** Before each attempt in a row, also of those that stopped again soon; after the last one only people can help. */
const PAUSES_MILLISECONDS = [0, 1_000, 5_000]
/** Who ran for so long did not stop for what was wrong at the start. */
const STEADY_MILLISECONDS = 30_000

/** Starts an engine and keeps one running; rejects if the first start fails. */
export async function superviseEngine(
  start: () => Promise<Engine>,
  { isLasting, onStopped, onLost }: Watcher,
): Promise<Supervised> {
  const asked = new WeakSet<Engine>()
  let failures = 0
  let isClosed = false
  let current = start()
  watch(await current)

  function watch(engine: Engine): void {
    const startedAt = performance.now()
    void engine.ended.then((reason) => {
      if (isClosed || asked.has(engine)) return
      if (performance.now() - startedAt > STEADY_MILLISECONDS) failures = 0
      failed(reason)
    })
  }

  function begin(after: Promise<unknown> = Promise.resolve()): void {
    current = after.then(start)
    current.then(watch, failed)
  }

  function failed(reason: Error): void {
    if (isClosed) return
    onStopped?.(reason)
    const pause = isLasting ? PAUSES_MILLISECONDS[failures++] : undefined
    current = Promise.reject(reason)
    current.catch(() => undefined)
    if (pause === undefined) onLost?.(reason)
    else if (pause === 0) begin()
    else setTimeout(() => isClosed || begin(), pause)
  }

  return {
    engine: () => current,
    async interrupt() {
      const attempt = current
      const engine = await attempt
      if (isClosed) return
      // Whoever stopped meanwhile is being started anew.
      if (attempt === current && !asked.has(engine)) {
        asked.add(engine)
        // Whoever comes next waits for the new one.
        begin(engine.kill('the running statement was interrupted').then(() => engine.ended))
      }
      await current
    },
    async close() {
      isClosed = true
      await current.then((engine) => engine.close()).catch(() => undefined)
    },
  }
}
