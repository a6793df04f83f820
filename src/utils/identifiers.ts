/**
 * Usernames are Latin letters (with or without accents), digits, `_`, `.` and `-`. Look-alikes from other scripts,
 * invisible characters, the dotless i and bare combining marks are refused. They would make names that a person cannot
 * tell apart.
 */
const LETTERS = 'a-z0-9\\u00df-\\u00f6\\u00f8-\\u0130\\u0132-\\u0137\\u0139-\\u0148\\u014a-\\u017e'
const USERNAME = new RegExp(`^[${LETTERS}][${LETTERS}_.-]*$`)
/** One mailbox: a dot-atom (RFC 5321 section 4.1.2) at a host name with at least two labels. */
const EMAIL =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/
/** A domain that a converter must see: one beyond ASCII, or one that says to be converted already. */
const NOT_PLAIN = /[^\0-\x7f]|(?:^|\.)xn--/i
const BEYOND_ASCII = /[^\0-\x7f]/
/** A letter of its own, which older tables of UTS 46 take for two. */
const CAPITAL_SHARP_S = '\u1e9e'
/** The x before converted labels. URLs check them only beside characters beyond ASCII, such as its full-width twin. */
const PUNYCODE = /(^|\.)x(?=n--)/gi
/** Any ASCII but letters, digits, dots and dashes. A URL would have its port, path or escapes there. */
const IN_NO_DOMAIN = /[\0-,/:-@[-`{-\x7f]/
const MAX_LOCAL_PART_CHARACTERS = 64

export const USERNAME_CHARACTERS = { min: 3, max: 32 }
export const MAX_EMAIL_CHARACTERS = 254

/** True for an allowed username. It checks the compatibility form, so that no other spelling passes. */
export function isUsername(typed: string): boolean {
  const name = typed.normalize('NFKC').toLowerCase()
  const { length } = [...name]
  return (
    length >= USERNAME_CHARACTERS.min && length <= USERNAME_CHARACTERS.max && USERNAME.test(name)
  )
}

/**
 * Returns an address as mail servers take it: in Unicode compatibility form, its domain in ASCII (RFC 5891). Returns
 * undefined if it is not exactly one mailbox of the usual form.
 */
export function mailbox(typed: string): string | undefined {
  const { local, domain } = parts(typed.normalize('NFKC'))
  const host = asciiDomain(domain)
  if (local === undefined || host === undefined) return undefined
  const address = `${local}@${host}`
  const isOne =
    address.length <= MAX_EMAIL_CHARACTERS &&
    local.length <= MAX_LOCAL_PART_CHARACTERS &&
    EMAIL.test(address.toLowerCase())
  return isOne ? address : undefined
}

/**
 * Returns an address that somebody else vouches for: as mail servers take it already, but for the case of letters. Any other
 * spelling would be turned into a mailbox that was not vouched for: `\u017fam@`, which anybody may register somewhere, into `sam@`,
 * and a domain with characters that its conversion leaves out into one without them. So a domain is in ASCII here, too.
 */
export function mailboxAsWritten(text: string): string | undefined {
  const address = mailbox(text)
  // ASCII first, for lower case makes a k of the Kelvin sign.
  const isSame = !BEYOND_ASCII.test(text) && address?.toLowerCase() === text.toLowerCase()
  return isSame ? address : undefined
}

/** Returns the spelling of an accepted username that is kept: as typed, in Unicode compatibility form. */
export function shownUsername(typed: string): string {
  return typed.normalize('NFKC')
}

/**
 * Returns the canonical form under which an identifier is unique: Unicode compatibility form with case folded, and a
 * domain in ASCII.
 */
export function identifierKey(typed: string): string {
  const { local, domain } = parts(typed.normalize('NFKC'))
  if (local === undefined) return folded(domain)
  // The domain first: to fold the case of a sharp s would make another domain of it.
  return `${folded(local)}@${folded(asciiDomain(domain) ?? domain)}`
}

/**
 * Folds case in Unicode compatibility form. Lower case comes first. Only so does the capital sharp s become the same two
 * letters as the small one.
 */
export function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC')
}

/** True if a log-in's identifier is an email. Usernames never hold an at sign. */
export function looksLikeEmail(typed: string): boolean {
  return typed.normalize('NFKC').includes('@')
}

/** What stands before the last at sign, if there is one, and what stands after it. */
function parts(text: string): { local: string | undefined; domain: string } {
  const at = text.lastIndexOf('@')
  return { local: at < 0 ? undefined : text.slice(0, at), domain: text.slice(at + 1) }
}

/** Converts a domain name by UTS 46, as browsers do. Returns undefined if it is none. */
function asciiDomain(domain: string): string | undefined {
  if (!NOT_PLAIN.test(domain)) return domain
  const url = `http://${domain.replaceAll(CAPITAL_SHARP_S, '\u00df').replaceAll(PUNYCODE, '$1\uff58')}`
  if (IN_NO_DOMAIN.test(domain) || !URL.canParse(url)) return undefined
  return new URL(url).hostname
}
