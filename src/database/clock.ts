/** The database's time, as its answers tell it. It dates and verifies tokens in the same way on every instance. */
export type Clock = {
  now: () => Date
  /**
   * False before the first answer. Also false if this machine's clock was set, or the machine slept, since the last
   * answer.
   */
  isKnown: () => boolean
  /** Asks the database for its time, unless it told it moments ago. Returns true if it asked. */
  confirm: () => Promise<boolean>
}

export type ClockOptions = {
  /** This machine's own clock, in milliseconds since 1970. */
  wall?: () => number
  /** Milliseconds since any fixed moment, never adjusted. */
  monotonic?: () => number
  /** Called at most once an hour with the seconds by which this machine's clock is ahead of the database's. */
  onWrong?: (secondsAhead: number) => void
}

const FRESH_MILLISECONDS = 5_000
const STEP_MILLISECONDS = 2_000
const WRONG_MILLISECONDS = 60_000
const TELL_AGAIN_MILLISECONDS = 3_600_000

type Reading = { databaseAt: number; monotonicAt: number; wallAt: number }

export type LearningClock = Clock & {
  monotonic: () => number
  /**
   * Sets the clock from an answer, in milliseconds since 1970. The question was sent at `askedAt` of the monotonic
   * time.
   */
  learn: (databaseSaid: number, askedAt: number) => void
}

/**
 * Makes a clock that follows the monotonic time between answers. So on Node no step of the machine's clock moves it.
 * Workers have only one clock, which stands still between I/O. There a step shows at the next answer.
 */
export function createClock(
  ask: () => Promise<unknown>,
  { wall = Date.now, monotonic = () => performance.now(), onWrong }: ClockOptions = {},
): LearningClock {
  let reading: Reading | undefined
  let confirmedAt = Number.NEGATIVE_INFINITY
  let toldAt = Number.NEGATIVE_INFINITY

  const now = () => (reading ? reading.databaseAt + (monotonic() - reading.monotonicAt) : wall())

  /**
   * When the answer arrives, the time is at least what the database said. It is at most that plus the exchange's
   * duration.
   */
  function learn(databaseSaid: number, askedAt: number): void {
    const monotonicAt = monotonic()
    const wallAt = wall()
    const latest = databaseSaid + (monotonicAt - askedAt)
    // Corrects the current time only as far as the answer proves it wrong. A slow answer proves little.
    const databaseAt = Math.min(Math.max(now(), databaseSaid), latest)
    reading = { databaseAt, monotonicAt, wallAt }
    confirmedAt = monotonicAt
    if (Math.abs(wallAt - databaseAt) > WRONG_MILLISECONDS) tell(wallAt - databaseAt, monotonicAt)
  }

  function tell(ahead: number, at: number): void {
    if (at - toldAt < TELL_AGAIN_MILLISECONDS) return
    toldAt = at
    onWrong?.(Math.round(ahead / 1000))
  }

  function isKnown(): boolean {
    if (!reading) return false
    const step = wall() - reading.wallAt - (monotonic() - reading.monotonicAt)
    return Math.abs(step) < STEP_MILLISECONDS
  }

  return {
    monotonic,
    learn,
    now: () => new Date(now()),
    isKnown,
    async confirm() {
      if (isKnown() && monotonic() - confirmedAt < FRESH_MILLISECONDS) return false
      await ask()
      return true
    },
  }
}
