/** Patterns for development, where each tool has a port of its own. No other origin is known before its port is. */
export const LOCAL_ORIGINS = ['http://localhost:*', 'http://127.0.0.1:*'] as const

/** More than the longest origin of a host that DNS can name. */
const MAX_ORIGIN_CHARACTERS = 300
const ANY_PORT = /(?::[1-9]\d{0,4})?$/.source

/** True for an origin of http(s) in the one spelling that browsers send. */
export function isOrigin(text: string): boolean {
  if (text.length > MAX_ORIGIN_CHARACTERS || !URL.canParse(text)) return false
  const { protocol, origin } = new URL(text)
  return /^https?:$/.test(protocol) && origin === text
}

/** Makes a test for the origins that a list's patterns allow besides its exact ones. */
export function matcherOf(listed: readonly string[]): (origin: string) => boolean {
  const patterns = LOCAL_ORIGINS.filter((pattern) => listed.includes(pattern)).map(
    (pattern) => new RegExp(`^${pattern.slice(0, -2).replaceAll('.', '[.]')}${ANY_PORT}`),
  )
  return (origin) => patterns.some((pattern) => pattern.test(origin))
}
