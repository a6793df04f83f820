import type { Platform } from './request.ts'

/** Work that nobody waits for: done when it is due, quietly, and again some time after it failed. */
export type BackgroundJob = {
  /** Looks whether the work is due: does it, or sets a timer. On a server it does neither. */
  check(): void
  /**
   * Does what is due though it failed a moment ago, and once more where it is under way, for that may know nothing of what
   * was added since. Ends when the work has, well or not.
   */
  retryNow(): Promise<void>
  /** No timer is left, and none is ever set again. */
  close(): void
}

type Deps = {
  platform: Platform
  /** When the work is due; nothing when there is none. */
  dueAt: () => number | undefined
  run: () => Promise<void>
}

/** Timers stand still while a computer sleeps and overflow after 24 days, so the clock is looked at in between. */
const MAX_TIMER_MS = 300_000
const INITIAL_BACKOFF_MS = 10_000
const MAX_BACKOFF_MS = 300_000

export function createBackgroundJob({ platform, dueAt, run }: Deps): BackgroundJob {
  let cancelTimer = () => {}
  let running: Promise<void> | undefined
  let isAskedAgain = false
  let failures = 0
  let retryAt = 0
  let isClosed = false

  const untilDue = () => (dueAt() ?? Number.POSITIVE_INFINITY) - platform.now()

  /** What is still due afterwards counts as a failure, or it would be done again and again. */
  async function attempt(): Promise<void> {
    let isDone: boolean
    do {
      isAskedAgain = false
      isDone = await run().then(
        () => untilDue() > 0,
        () => false,
      )
    } while (isAskedAgain && untilDue() <= 0)
    failures = isDone ? 0 : failures + 1
    const backoff = Math.min(MAX_BACKOFF_MS, INITIAL_BACKOFF_MS * 2 ** (failures - 1))
    retryAt = isDone ? 0 : platform.now() + backoff * (0.5 + Math.random() / 2)
  }

  function start(): Promise<void> {
    running ??= attempt().finally(() => {
      running = undefined
      check()
    })
    return running
  }

  function check(): void {
    if (!platform.isPage) return
    cancelTimer()
    const wait = untilDue()
    if (running || wait === Number.POSITIVE_INFINITY) return
    // Farther away than any backoff: the clock was set back.
    if (retryAt > platform.now() + MAX_BACKOFF_MS) retryAt = 0
    const delay = Math.max(wait, retryAt - platform.now(), platform.isOnline() ? 0 : MAX_TIMER_MS)
    if (delay <= 0) void start()
    else if (!isClosed) cancelTimer = platform.setTimer(check, Math.min(delay, MAX_TIMER_MS))
  }

  return {
    check,
    async retryNow() {
      retryAt = 0
      isAskedAgain = true
      if (!running && untilDue() <= 0 && platform.isOnline()) void start()
      else check()
      await running
    },
    close() {
      isClosed = true
      cancelTimer()
    },
  }
}
