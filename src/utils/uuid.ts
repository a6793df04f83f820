/** A UUIDv7 (RFC 9562 section 5.7): it grows with time, so that new rows land at the end of an index. Not a secret. */
export function uuidv7(nowMilliseconds: number): string {
  const time = nowMilliseconds.toString(16).padStart(12, '0')
  // Version and time apart, all of it is as random as in version 4.
  const random = crypto.randomUUID().slice('xxxxxxxx-xxxx-4'.length)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random}`
}
