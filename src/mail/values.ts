import { MAX_EMAIL_CHARACTERS, USERNAME_CHARACTERS } from '../utils/identifiers.ts'
import { canonicalAddress } from '../utils/ip-address.ts'
import { parseUserAgent } from '../utils/user-agent.ts'
import { visible } from '../utils/visible.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** "24 hours" says more exactly than "1 day" until when. */
const UNITS = [
  { name: 'day', seconds: DAY, from: 2 * DAY },
  { name: 'hour', seconds: HOUR, from: 2 * HOUR },
  { name: 'minute', seconds: MINUTE, from: 0 },
]
/** Enough to tell devices, or providers, apart. */
const MAX_NAME_CHARACTERS = 64
const MAX_CHARACTERS = {
  project: 100,
  username: USERNAME_CHARACTERS.max,
  new_email: MAX_EMAIL_CHARACTERS,
  passkey: MAX_NAME_CHARACTERS,
  provider: MAX_NAME_CHARACTERS,
}
/**
 * The name of a browser or system, perhaps with a version. A User-Agent header holds whatever somebody wants a stranger
 * to read; in this form it is neither a link nor a telephone number.
 */
const PRODUCT = /^[a-z][a-z -]{0,39}(?: \d{1,4}(?:\.\d{1,3}){0,2})?$/i

/** A value as mails show it: one line of characters that are seen, and not too many. */
export function shown(name: keyof typeof MAX_CHARACTERS, value: string): string {
  const characters = [...visible(value.replaceAll(/\s+/g, ' ')).trim()]
  const max = MAX_CHARACTERS[name]
  return characters.length > max ? `${characters.slice(0, max - 1).join('')}…` : characters.join('')
}

/** Browser and system, or undefined where the header tells nothing that can be shown. */
export function deviceOf(userAgent: string | null | undefined): string | undefined {
  const { browser, os } = parseUserAgent(userAgent ?? null)
  const known = [browser, os].filter((name) => name !== null && PRODUCT.test(name))
  return known.length > 0 ? known.join(', ') : undefined
}

/** An IP address in its one spelling, or undefined where it is none. */
export function addressOf(ip: string | null | undefined): string | undefined {
  return canonicalAddress(ip ?? undefined)
}

/** A moment, to the minute and in UTC, for nobody knows where the reader is. */
export function momentOf(at: Date, locale: string): string {
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(at)
  return `${day}, ${at.toISOString().slice('yyyy-mm-ddT'.length, 'yyyy-mm-ddThh:mm'.length)} UTC`
}

/** A lifetime in words, such as "30 minutes". */
export function lifetimeOf(seconds: number, locale: string): string {
  const unit = UNITS.find(({ from }) => seconds >= from) ?? { name: 'minute', seconds: MINUTE }
  return new Intl.NumberFormat(locale, {
    ...{ style: 'unit', unit: unit.name, unitDisplay: 'long', maximumFractionDigits: 0 },
  }).format(seconds / unit.seconds)
}
