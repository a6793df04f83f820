/**
 * How sure the service is of who holds a session. 2: two factors, or a passkey that verified its user. 1: one factor. 0: one
 * factor where the configuration asks for two and the user has no second; such a session can only enrol one.
 */
export type AssuranceLevel = 0 | 1 | 2

/** What proves a user, as `amr` names it (RFC 8176 section 2, and `email`, `fed` and `recovery`, which it has no
 * word for). */
export const METHODS = {
  pwd: 'The password.',
  otp: 'A code of an authenticator app.',
  recovery: 'A recovery code.',
  email: 'A code that was mailed.',
  fed: 'A sign-in at a provider, such as Google.',
  hwk: 'A passkey of one device.',
  swk: 'A passkey that may be synced.',
  user: 'The passkey verified its user, by a PIN or biometrics.',
  mfa: 'Two factors.',
} as const

export type Method = keyof typeof METHODS

/** The second factors that a log-in may ask for. */
export const SECOND_FACTORS = ['totp', 'passkey', 'recovery_code'] as const
export type SecondFactor = (typeof SECOND_FACTORS)[number]

/** Reads what `usableFactors` (predicates.ts) selects. Undefined for a user without a second factor. */
export function parseFactors(joined: string | null): SecondFactor[] | undefined {
  if (joined === null) return undefined
  return SECOND_FACTORS.filter((factor) => joined.split(' ').includes(factor))
}

/** Whom the service asks for a second factor although they have none: nobody, whoever has a permission of the service, all. */
export const MFA_POLICIES = ['off', 'admins', 'all'] as const
export type MfaPolicy = (typeof MFA_POLICIES)[number]

/** Returns the `acr` of a level (RFC 9470 section 3). */
export function acrOf(level: AssuranceLevel): string {
  return `aal${level}`
}

/** Reads methods as a statement joins them: each once, in the order in which they were proven. */
export function parseMethods(joined: string): Method[] {
  return joined.split(' ').filter((method): method is Method => Object.hasOwn(METHODS, method))
}

/** Returns two lists of methods as one that says there were two factors. */
export function bothProven(first: readonly Method[], second: readonly Method[]): Method[] {
  return [...new Set<Method>([...first, ...second, 'mfa'])]
}

/** Returns what a passkey proves. */
export function passkeyMethods(
  { isBackupEligible }: { isBackupEligible: boolean },
  isUserVerified: boolean,
): Method[] {
  return [isBackupEligible ? 'swk' : 'hwk', ...(isUserVerified ? (['user'] as const) : [])]
}
