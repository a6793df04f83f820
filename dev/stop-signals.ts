const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Calls `stop` at the first signal that asks this process to end. A second Ctrl-C ends the process at once. */
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
