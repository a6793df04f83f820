import type { Engine } from './engine.ts'

/** An engine that is restarted when it stops. */
export type Supervised = {
  /** Resolves with the running engine once it answers. Rejects while there is none and the next attempt is not due. */
  engine(): Promise<Engine>
  /** Stops the running statement by a restart. Resolves when the new engine answers. */
  interrupt(): Promise<void>
  close(): Promise<void>
}

export type SupervisorOptions = {
  /** False in memory, where a new engine would start empty. */
  isLasting: boolean
  /** Called at every stop that was not requested, and at every failed attempt. */
  onStopped?: ((reason: Error) => void) | undefined
  /** Called once, when no attempt has helped and none will follow. */
  onLost?: ((reason: Error) => void) | undefined
}

/**
 * The pauses before attempts in a row. An engine that stops again soon counts as one. After the last, only people can
 * help.
 */
const PAUSES_MILLISECONDS = [0, 1_000, 5_000]
/** An engine that ran this long did not stop because of a fault at its start. */
const STEADY_MILLISECONDS = 30_000

/** Starts an engine and keeps one running. Rejects if the first start fails. */
export async function superviseEngine(
  start: () => Promise<Engine>,
  { isLasting, onStopped, onLost }: SupervisorOptions,
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
      // An engine that stopped meanwhile is already being restarted.
      if (attempt === current && !asked.has(engine)) {
        asked.add(engine)
        // Later calls wait for the new engine.
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
