const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Calls `stop` at the first signal that asks this process to end; a second Ctrl-C ends it at once. */
export function onStopSignal(stop: (signal: NodeJS.Signals) => void): void {
  let asked = false
  const listen = (signal: NodeJS.Signals) => {
    if (asked && signal === 'SIGINT') process.exit(130)
    if (asked) return
    asked = true
    stop(signal)
  }
  for (const signal of SIGNALS) process.on(signal, listen)
}
