import { failureCode } from '../../database/errors.ts'
import type { Logger } from '../../utils/log.ts'
import { type CommonFilter, readCommonFilter } from './common-filter.ts'

/** The list of common passwords that is too long to be code. */
export type CommonPasswords = {
  /** True for a common password, in folded form. False, and a line in the log, while the list cannot be had. */
  include: (folded: string) => Promise<boolean>
}

/** Gives the file with the filter, from wherever the runtime has it. */
export type LoadFilter = () => Promise<Uint8Array>

/** A file that was deployed with the service is there in milliseconds. */
const LOAD_DEADLINE_MILLISECONDS = 3_000

const encoder = new TextEncoder()

/**
 * Loads the list at the first need and keeps it. If that fails, the log says so, the next need tries again, and until then
 * nobody is refused or let in because of it: what is in code, the most used passwords, is refused all the same.
 */
export function createCommonPasswords(
  load: LoadFilter,
  logger: Logger,
  deadlineMilliseconds = LOAD_DEADLINE_MILLISECONDS,
): CommonPasswords {
  let filter: CommonFilter | undefined
  let loading: Promise<CommonFilter> | undefined

  const start = async () => {
    filter = readCommonFilter(await load())
    return filter
  }
  /** All who need it meanwhile wait for one load, but each by a timer of its own: on Workers another's request may be gone. */
  const loaded = async () => {
    if (filter) return filter
    loading ??= start()
    const awaited = loading
    try {
      return await within(deadlineMilliseconds, awaited)
    } catch (error) {
      if (loading === awaited) {
        loading = undefined
        logger.error('common_passwords_unavailable', { code: failureCode(error) ?? 'UNKNOWN' })
      }
      return undefined
    }
  }
  return {
    async include(folded) {
      const list = await loaded()
      if (!list) return false
      const digest = await crypto.subtle.digest('SHA-256', encoder.encode(folded))
      return list.has(new Uint8Array(digest))
    },
  }
}

async function within<Result>(milliseconds: number, work: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    const error = Object.assign(new Error('not in time'), { code: 'TIMEOUT' })
    timer = setTimeout(() => reject(error), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
