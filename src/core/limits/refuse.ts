import { AppError, type AppErrorOptions } from '../../errors.ts'
import type { CoreDeps } from '../deps.ts'
import type { Counted } from './counted-read.ts'
import { LIMITS, type LimitName } from './limits.ts'
import type { Refused } from './steps.ts'

/** What a refusal says besides: the fields that would help, and whom it is about. */
type Besides = Pick<AppErrorOptions, 'errors' | 'about'>

/** Throws `too_many_requests` if a try was refused. */
export function refuseLimited(
  { config }: Pick<CoreDeps, 'config'>,
  { refusedBy, waitSeconds }: Refused,
  besides: Besides = {},
): void {
  if (refusedBy === null) return
  const name = refusedBy as LimitName
  const limit = config.limits?.[name] ?? LIMITS[name]
  throw tooManyRequests({ name, ...limit }, Math.max(1, waitSeconds ?? 1), besides)
}

/** Returns the answer of a read whose try passed. Throws `too_many_requests` if it was refused. */
export function unlessRefused<Row>(
  deps: Pick<CoreDeps, 'config'>,
  { ifPassed, ...refused }: Counted<Row>,
  besides: Besides = {},
): Counted<Row>['ifPassed'] {
  refuseLimited(deps, refused, besides)
  return ifPassed
}

/** The refusal of a try whose limit is used up for now. */
export function tooManyRequests(
  limit: { name: string; count: number; periodSeconds: number },
  retryAfterSeconds: number,
  besides: Besides = {},
): AppError {
  return new AppError('too_many_requests', {
    ...besides,
    detail: `There were too many tries. Please try again in ${inWords(retryAfterSeconds)}.`,
    retryAfterSeconds,
    limit,
  })
}

function inWords(seconds: number): string {
  const minutes = Math.ceil(seconds / 60)
  if (seconds <= 1) return 'a second'
  if (seconds < 60) return `${seconds} seconds`
  return minutes === 1 ? 'a minute' : `${minutes} minutes`
}
