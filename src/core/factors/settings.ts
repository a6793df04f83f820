import type { MfaPolicy } from './assurance.ts'

/** What the configuration says of factors. */
export type FactorSettings = Readonly<{
  requireMfa: MfaPolicy
  /** True if people may log in by a code that is mailed. */
  hasLoginCodes: boolean
  /** Missing where passkeys cannot work, because nothing says at which domain they are used. */
  webauthn: WebauthnSettings | undefined
  /** Secrets of which the first seals what is kept of factors, and all open it. Those of the signing keys follow them. */
  encryptionKeys: readonly string[]
}>

/** Where passkeys are used. No header of a request ever says that. */
export type WebauthnSettings = Readonly<{
  /** The relying party's domain (WebAuthn level 3, section 5.1.2). */
  rpId: string
  /** Where pages that use passkeys may be; `http://localhost:*` stands for any port. */
  origins: readonly string[]
}>
