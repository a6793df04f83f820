import type { Breaches } from '../core/passwords/breaches.ts'
import type { PasswordSettings } from '../core/passwords/rules.ts'
import type { Logger } from '../utils/log.ts'
import { boundedText, faultOf } from './fetched.ts'

type BreachSettings = Pick<PasswordSettings, 'breachCheck' | 'breachCheckUrl'>

/** How long the list may keep somebody waiting, from the first byte to the last. */
const DEADLINE_MILLISECONDS = 1_500
/** A range has about 2,000 lines of 40 bytes. */
const MAX_ANSWER_BYTES = 524_288
/** Nobody but us learns more of the hash than that. A million passwords share it. */
const PREFIX_CHARACTERS = 5
/** The rest of a hash, and how many times the password was seen. */
const LINES = /^(?:[\dA-F]{35}:\d{1,10}(?:\r?\n|$))+$/

const encoder = new TextEncoder()

/** The list could not be asked. The code says why. */
class ListUnavailable extends Error {
  readonly code: string

  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/**
 * Looks passwords up in Pwned Passwords, or in what has the same API, by the beginning of their SHA-1. Returns undefined
 * where that is not configured. A list that cannot be asked knows no password.
 */
export function createBreaches(
  { breachCheck, breachCheckUrl }: BreachSettings,
  logger: Logger,
  deadlineMilliseconds = DEADLINE_MILLISECONDS,
): Breaches | undefined {
  if (breachCheck === 'off') return undefined
  return {
    async include(password) {
      const signal = AbortSignal.timeout(deadlineMilliseconds)
      try {
        const hash = await sha1(password)
        const prefix = hash.slice(0, PREFIX_CHARACTERS)
        const lines = await rangeOf(`${breachCheckUrl}/range/${prefix}`, signal)
        // Lines that are there to hide how many there are say 0.
        const [, count = '0'] = lines.split(`${hash.slice(PREFIX_CHARACTERS)}:`)
        return Number.parseInt(count, 10) > 0
      } catch (error) {
        const code = error instanceof ListUnavailable ? error.code : faultOf(error, signal)
        logger.warn('breach_check_failed', { code })
        return false
      }
    },
  }
}

async function rangeOf(url: string, signal: AbortSignal): Promise<string> {
  const answer = await fetch(url, {
    // So that the length of the answer does not tell which range was asked for.
    headers: { 'add-padding': 'true', 'user-agent': 'edge-auth' },
    redirect: 'manual',
    signal,
  })
  if (!answer.ok) {
    await answer.body?.cancel()
    throw new ListUnavailable(`HTTP_${answer.status}`)
  }
  const text = await boundedText(answer, MAX_ANSWER_BYTES)
  if (text === undefined) throw new ListUnavailable('ANSWER_TOO_LONG')
  const lines = text.trim().toUpperCase()
  // A proxy that wants somebody to log in answers 200, too, with a page.
  if (!LINES.test(lines)) throw new ListUnavailable('ANSWER_UNKNOWN')
  return lines
}

async function sha1(password: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-1', encoder.encode(password))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase()
}
