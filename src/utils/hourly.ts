const HOUR_MILLISECONDS = 3_600_000

/**
 * Makes a function that is true for a key at most once an hour, and for so many keys: what anybody can cause must not grow
 * with them, nor stay silent for ever.
 */
export function onceAnHour(mostKeys: number): (key: string, nowMilliseconds: number) => boolean {
  const seen = new Set<string>()
  let since = 0
  return (key, now) => {
    if (now - since > HOUR_MILLISECONDS) {
      seen.clear()
      since = now
    }
    if (seen.has(key) || seen.size >= mostKeys) return false
    seen.add(key)
    return true
  }
}
