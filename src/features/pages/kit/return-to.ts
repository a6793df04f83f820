import type { Config } from '../../../config/index.ts'
import { AppError } from '../../../errors.ts'
import { HOSTED_PATHS, type HostedPath } from './paths.ts'

/** Where a browser goes at the end: a page of this service, or an address that the configuration lists. */
export type ReturnTo = { path: HostedPath } | { url: string }

/**
 * Returns the place that a `return_to` names, undefined where there is none. Throws for whatever is not, letter for letter,
 * on the list: to whoever could have another, people would be sent who have just logged in.
 */
export function returnPlace(
  { federation }: Pick<Config, 'federation'>,
  wanted: string | undefined,
): ReturnTo | undefined {
  if (wanted === undefined) return undefined
  const path = HOSTED_PATHS.find((one) => one === wanted)
  if (path !== undefined) return { path }
  const url = federation.returnUrls.find((one) => one === wanted)
  if (url !== undefined) return { url }
  throw new AppError('validation_failed')
}
