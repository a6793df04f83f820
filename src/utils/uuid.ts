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

/** Before all UUIDv7, and after all of them. */
export const FIRST_UUID = '00000000-0000-0000-0000-000000000000'
export const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** Returns a UUID that sorts before all those of version 7 that were made at this moment or later, and after all others. */
export function uuidAt(milliseconds: number): string {
  const time = Math.max(0, milliseconds).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`
}

/** Returns the sixteen bytes of a UUID. */
export function uuidBytes(uuid: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(uuid.replaceAll('-', '').match(/[\da-f]{2}/g) ?? [], (pair) =>
    Number.parseInt(pair, 16),
  )
}

/** Returns sixteen bytes as a UUID in the database's spelling. */
export function uuidOf(bytes: Uint8Array): string {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
