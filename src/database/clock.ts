/** The database's time, as far as answers have told it: what dates tokens and judges them, on every instance alike. */
export type Clock = {
  now: () => Date
  /** False before the first answer, and where this machine's clock is seen to have been set, or the machine slept, since the last one. */
  isKnown: () => boolean
  /** Asks the database, unless it told its time moments ago; true where it was asked. */
  confirm: () => Promise<boolean>
}

export type ClockOptions = {
  /** This machine's own clock, in milliseconds since 1970. */
  wall?: () => number
  /** Milliseconds since any moment, never set anew. */
  monotonic?: () => number
  /** Told at most once an hour by how many seconds this machine's clock is ahead of the database's. */
  onWrong?: (secondsAhead: number) => void
}

const FRESH_MILLISECONDS = 5_000
const STEP_MILLISECONDS = 2_000
const WRONG_MILLISECONDS = 60_000
const TELL_AGAIN_MILLISECONDS = 3_600_000

type Reading = { databaseAt: number; monotonicAt: number; wallAt: number }

export type LearningClock = Clock & {
  monotonic: () => number
  /** Takes in what the database said, in milliseconds since 1970, to whoever asked at this moment of the monotonic time. */
  learn: (databaseSaid: number, askedAt: number) => void
}

/**
 * A clock that runs by the monotonic time between answers, so that on Node no step of the machine's own clock moves it.
 * Workers have but one clock, which stands still between I/O; there a step shows at the next answer.
 */
export function createClock(
  ask: () => Promise<unknown>,
  { wall = Date.now, monotonic = () => performance.now(), onWrong }: ClockOptions = {},
): LearningClock {
  let reading: Reading | undefined
  let confirmedAt = Number.NEGATIVE_INFINITY
  let toldAt = Number.NEGATIVE_INFINITY

  const now = () => (reading ? reading.databaseAt + (monotonic() - reading.monotonicAt) : wall())

  /** When the answer came it was between what the database said and that plus the time the whole exchange took. */
  function learn(databaseSaid: number, askedAt: number): void {
    const monotonicAt = monotonic()
    const wallAt = wall()
    const latest = databaseSaid + (monotonicAt - askedAt)
    // What is believed already is corrected only as far as the answer proves it wrong: a slow one proves little.
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
