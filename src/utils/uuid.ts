/**
 * Makes a UUIDv7 (RFC 9562 section 5.7). It grows with time, so that new rows go to the end of an index. It is not a
 * secret.
 */
export function uuidv7(nowMilliseconds: number): string {
  const time = nowMilliseconds.toString(16).padStart(12, '0')
  // All but the version and the time is as random as in version 4.
  const random = crypto.randomUUID().slice('xxxxxxxx-xxxx-4'.length)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random}`
}
