/** An assertion of a passkey as `navigator.credentials.get` gives it (AuthenticationResponseJSON, WebAuthn level 3). */
export type AssertionJson = {
  id: string
  rawId: string
  type: 'public-key'
  response: {
    clientDataJSON: string
    authenticatorData: string
    signature: string
    userHandle?: string | undefined
  }
}

/** What somebody offers as a factor. */
export type OfferedFactor =
  | { kind: 'totp'; code: string }
  | { kind: 'recovery_code'; code: string }
  | { kind: 'passkey'; challengeToken: string; credential: AssertionJson }
