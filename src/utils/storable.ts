/** True for a text that comes back as it is. Postgres cannot store U+0000, and all lone surrogates have the same UTF-8. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000')
}

/** True for an object as JSON has them, which is no array. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Returns why parsed JSON would not come back as it was sent, or undefined if it would. A whole number beyond 2^53 was
 * rounded when it was parsed (RFC 8259 section 6), and 1e400 is not finite.
 */
export function storingFault(value: unknown): 'characters' | 'numbers' | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : 'characters'
  if (typeof value === 'number') {
    const isExact = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value)
    return isExact ? undefined : 'numbers'
  }
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, member] of Object.entries(value)) {
    const fault = isStorable(name) ? storingFault(member) : 'characters'
    if (fault) return fault
  }
  return undefined
}
