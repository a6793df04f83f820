/** The last instant with a year of four digits. */
const LAST = 253_402_300_799_999
const INSTANT =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))T((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i

/**
 * Returns the instant that a text writes by RFC 3339, to the millisecond, or undefined where it writes none: a day without a
 * time would be another moment in each time zone.
 */
export function instantIn(text: string): Date | undefined {
  const [, day = '', time = ''] = INSTANT.exec(text) ?? []
  const at = new Date(text.toUpperCase())
  if (day === '' || !(at.getTime() >= 0 && at.getTime() <= LAST)) return undefined
  // Of the 31st of February Date makes one of March.
  const local = new Date(`${day}T${time}Z`)
  return local.toISOString().startsWith(day) ? at : undefined
}
