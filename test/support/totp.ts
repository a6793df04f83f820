import { Secret, TOTP } from 'otpauth'

/** The code that an authenticator app with this secret shows, for a service whose clock is the test's own. */
export function totpAt(secret: string, timestamp: number): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp })
}
