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

/** True for exactly one mailbox of the usual form. */
export function isEmail(typed: string): boolean {
  const address = typed.normalize('NFKC').toLowerCase()
  return (
    address.length <= MAX_EMAIL_CHARACTERS &&
    address.indexOf('@') <= MAX_LOCAL_PART_CHARACTERS &&
    EMAIL.test(address)
  )
}

/**
 * Returns the canonical form under which an identifier is unique: Unicode compatibility form with case folded. Lower
 * case comes first. Only so does the capital sharp s become the same two letters as the small one.
 */
export function identifierKey(typed: string): string {
  return typed.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC')
}

/** True if a log-in's identifier is an email. Usernames never hold an at sign. */
export function looksLikeEmail(typed: string): boolean {
  return typed.normalize('NFKC').includes('@')
}
