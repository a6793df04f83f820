const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** One Ctrl-C arrives twice under npm: the terminal signals the whole group, and npm passes its own on. */
const SAME_CTRL_C_MILLISECONDS = 1_000

/** Ends this process after `stop` at the first signal that asks for it: with 0, or with 1 if that failed. */
export function endAtStopSignal(stop: () => Promise<void>): void {
  onStopSignal(() =>
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    ),
  )
}

/** Calls `stop` at the first signal that asks this process to end. A later second Ctrl-C ends the process at once. */
export function onStopSignal(stop: (signal: NodeJS.Signals) => void): void {
  let isAsked = false
  let firstCtrlC = Number.POSITIVE_INFINITY
  const listen = (signal: NodeJS.Signals) => {
    const now = performance.now()
    if (signal === 'SIGINT' && now - firstCtrlC > SAME_CTRL_C_MILLISECONDS) process.exit(130)
    if (signal === 'SIGINT') firstCtrlC = Math.min(firstCtrlC, now)
    if (isAsked) return
    isAsked = true
    stop(signal)
  }
  for (const signal of SIGNALS) process.on(signal, listen)
}
