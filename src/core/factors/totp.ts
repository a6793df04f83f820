import { isSameText } from '../../utils/same-text.ts'

/** Time-based one-time passwords (RFC 6238), as every app can make them: SHA-1, six digits, 30 seconds. */
const STEP_SECONDS = 30
const DIGITS = 6
/** 160 bits (RFC 4226 section 4, R6). */
const SECRET_BYTES = 20
/** A clock may be off by one step, and typing may take one. */
const STEPS_OFF = [-1, 0, 1] as const
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

export type TotpSecret = Uint8Array<ArrayBuffer>

/** Makes a secret. */
export function makeTotpSecret(): TotpSecret {
  return crypto.getRandomValues(new Uint8Array(SECRET_BYTES))
}

/**
 * Returns the time step that a code is of, if it is one that counts now: neither more than a step off, nor at or before the
 * last one that was accepted. The latest, where a code is of several, so that none counts again. It compares all of them,
 * whichever is right.
 */
export async function acceptedStep(
  secret: TotpSecret,
  code: string,
  { now, lastStep }: { now: Date; lastStep: number },
): Promise<number | undefined> {
  const key = await crypto.subtle.importKey('raw', secret, ALGORITHM, false, ['sign'])
  const present = timeStep(now)
  const steps = STEPS_OFF.map((off) => present + off)
  const codes = await Promise.all(steps.map((step) => codeOf(key, step)))
  return steps.filter((step, at) => isSameText(codes[at] ?? '', code) && step > lastStep).at(-1)
}

/** Returns the code of a secret at a moment. */
export async function totpCode(secret: TotpSecret, now: Date): Promise<string> {
  const key = await crypto.subtle.importKey('raw', secret, ALGORITHM, false, ['sign'])
  return codeOf(key, timeStep(now))
}

/** Returns the base32 of a secret without padding (RFC 4648 section 6), for whoever types it. */
export function base32(secret: TotpSecret): string {
  let text = ''
  let bits = 0
  let pending = 0
  for (const byte of secret) {
    pending = (pending << 8) | byte
    bits += 8
    for (; bits >= 5; bits -= 5) text += BASE32[(pending >> (bits - 5)) & 31]
    pending &= (1 << bits) - 1
  }
  return bits > 0 ? text + BASE32[(pending << (5 - bits)) & 31] : text
}

/** Returns what an app reads from the QR code. A colon would end the issuer, however it is escaped. */
export function otpauthUri(
  secret: TotpSecret,
  { issuer, account }: { issuer: string; account: string },
): string {
  const [by, of] = [issuer, account].map((text) => encodeURIComponent(text.replaceAll(':', ' ')))
  return `otpauth://totp/${by}:${of}?secret=${base32(secret)}&issuer=${by}&algorithm=SHA1&digits=${DIGITS}&period=${STEP_SECONDS}`
}

const ALGORITHM = { name: 'HMAC', hash: 'SHA-1' }

function timeStep(now: Date): number {
  return Math.floor(now.getTime() / 1000 / STEP_SECONDS)
}

/** The value of an HMAC-based one-time password (RFC 4226 section 5.3). */
async function codeOf(key: CryptoKey, counter: number): Promise<string> {
  const message = new DataView(new ArrayBuffer(8))
  message.setBigUint64(0, BigInt(counter))
  const mac = new DataView(await crypto.subtle.sign('HMAC', key, message))
  const offset = mac.getUint8(mac.byteLength - 1) & 15
  const number = mac.getUint32(offset) & 0x7fffffff
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0')
}
