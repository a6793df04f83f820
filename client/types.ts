// What goes over the wire. Each type is held equal to the service's schema by test/client/types.test.ts; they are written out
// here so that the package's types need nothing else.

export type User = {
  id: string
  username: string
  email: string
  /** True once a link that was mailed to this email was followed. */
  email_verified: boolean
  created_at: string
  display_name: string | null
  /** A language tag (BCP 47). */
  locale: string | null
  avatar_url: string | null
  /** What the user keeps here for the application. */
  // biome-ignore lint/suspicious/noExplicitAny: it is the application's, and any JSON.
  user_data: Record<string, any>
  /** What the application keeps here about the user, who only reads it. */
  // biome-ignore lint/suspicious/noExplicitAny: it is the application's, and any JSON.
  app_data: Record<string, any>
  roles: string[]
  /** What the roles permit together. */
  permissions: string[]
}

/** The answer to a sign-up where the email must be verified first, whether the account is new or not. */
export type SignupPending = { verification_required: true }

/** A place where the user is logged in. */
export type Session = {
  id: string
  created_at: string
  last_used_at: string
  expires_at: string
  ip: string | null
  user_agent: { browser: string | null; os: string | null; device: string | null }
  /** What carries it: tokens that the page keeps, or a cookie. */
  transport: 'bearer' | 'cookie'
  /** True for the session that asks. */
  current: boolean
}

/** Something that happened to the account. */
export type ActivityEvent = {
  id: string
  /** Such as `session_opened`. More names may follow. */
  event: string
  /** `success` or `failure` */
  outcome: string
  at: string
  ip: string | null
  session_id: string | null
  /** True for what an admin did. */
  by_admin: boolean
}
/** A page of it, the newest first. */
export type ActivityPage = { events: ActivityEvent[]; next_cursor: string | null }
/** At most 100 events, which begin after those of the page that gave the cursor. */
export type ActivityQuery = { limit?: number | undefined; cursor?: string | undefined }

/** The second factors that a user can prove. */
export type SecondFactor = 'totp' | 'passkey' | 'recovery_code'
/** The service's answer to a log-in that lacks its second factor. */
export type MfaRequired = {
  mfa_required: true
  mfa_token: string
  expires_in: number
  methods: SecondFactor[]
}
/** A passkey's assertion, as `toJSON()` of the browser makes it. */
export type AssertionCredential = {
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
/** A passkey that was proven. */
export type PasskeyInput = {
  passkey: { challenge_token: string; credential: AssertionCredential }
}
export type PasskeyOptions = { conditional?: boolean; signal?: AbortSignal }
/** Exactly one second factor. */
export type SecondFactorInput = { totp_code: string } | { recovery_code: string } | PasskeyInput
/** What proves once more who is logged in. Who has a second factor proves that one. */
export type ReauthInput = { password: string } | SecondFactorInput

/** Nobody is logged in yet: the person proves a second factor, by `verify` or later by `verifyMfa` with the token. */
export type LoginPending = MfaRequired & {
  password_breached: false
  verify(factor: SecondFactorInput): Promise<LoginOutcome>
}
/** `password_breached` asks the person for another password. False too where the service does not look that up. */
export type LoginOutcome = { mfa_required: false; password_breached: boolean } | LoginPending

/** Goes with the code of the mail, which works with no other. */
export type CodeRequested = { code_token: string; expires_in: number }
export type CodeInput = { code_token: string; code: string }

export type TotpEnrolment = { secret: string; otpauth_uri: string; qr_svg: string }
export type RecoveryCodes = { recovery_codes: string[] }
export type Passkey = {
  id: string
  name: string
  created_at: string
  last_used_at: string | null
  /** True if it is kept by an account of its maker, and so on several devices. */
  synced: boolean
  /** True if it was switched off because it was used as a copy is. */
  suspended: boolean
}
export type FactorList = {
  totp: { created_at: string } | null
  passkeys: Passkey[]
  recovery_codes_left: number
}
/** A provider that people can sign in at, for a button. */
export type ProviderInfo = { id: string; name: string }
/** An account at a provider, by which its user logs in here. */
export type Identity = {
  id: string
  provider: string
  provider_name: string
  /** As the provider knew it last. It need not be the user's email here. */
  email: string | null
  created_at: string
  last_used_at: string | null
}
export type IdentityList = {
  identities: Identity[]
  /** False for a user who can only sign in otherwise. */
  has_password: boolean
}
export type ProviderOptions = {
  /** `redirect` (default) leaves the page. `popup` keeps it, and must be called within a click. */
  mode?: 'redirect' | 'popup' | undefined
  /** The page that calls `completeLogin`: one of the service's `OAUTH_RETURN_URLS`, by default the first. */
  returnTo?: string | undefined
  /** The token of an invitation, where a new user needs one. */
  invitation?: string | undefined
}
/** What was done on the way to a provider and back. */
export type Completed =
  | ({ intent: 'login' } & LoginOutcome)
  | { intent: 'link'; linked: Identity }
  | { intent: 'reauth' }

/** What a page's challenge gave, where the service asks for it. */
export type Challenge = { turnstile_token?: string | undefined }

export type SignupInput = {
  username: string
  email: string
  password: string
  /** The token of an invitation, where one is needed. */
  invitation?: string | undefined
  turnstile_token?: string | undefined
}
export type LoginInput = {
  username_or_email: string
  password: string
  turnstile_token?: string | undefined
}
export type LogoutAllInput = { keep_current?: boolean | undefined }
/** Without `current_password` for a user who has none, who then needs a fresh proof. */
export type PasswordInput = { current_password?: string | undefined; new_password: string }
export type PasswordResetInput = { token: string; new_password: string }
export type EmailChangeInput = { new_email: string; current_password?: string | undefined }
/** What is to be changed: a field that is missing stays as it is, and null deletes what is there. */
export type ProfileInput = {
  username?: string | undefined
  display_name?: string | null | undefined
  locale?: string | null | undefined
  avatar_url?: string | null | undefined
  // biome-ignore lint/suspicious/noExplicitAny: it is the application's, and any JSON.
  user_data?: Record<string, any> | null | undefined
}
export type DeletionInput = { current_password?: string | undefined }

/** The service's codes, and one for answers that are not the service's. */
export type ErrorCode =
  | 'malformed_request'
  | 'malformed_json'
  | 'one_time_token_invalid'
  | 'oauth_state_invalid'
  | 'oauth_code_invalid'
  | 'provider_denied'
  | 'provider_failed'
  | 'provider_email_unverified'
  | 'identity_mismatch'
  | 'identity_taken'
  | 'account_disabled'
  | 'account_exists'
  | 'last_credential'
  | 'token_missing'
  | 'token_invalid'
  | 'token_expired'
  | 'invalid_credentials'
  | 'mfa_token_invalid'
  | 'factor_refused'
  | 'step_up_required'
  | 'mfa_enrollment_required'
  | 'login_codes_off'
  | 'factor_exists'
  | 'too_many_identities'
  | 'too_many_passkeys'
  | 'challenge_invalid'
  | 'passkeys_not_configured'
  | 'email_not_verified'
  | 'csrf_refused'
  | 'permission_denied'
  | 'signup_closed'
  | 'not_found'
  | 'method_not_allowed'
  | 'request_timeout'
  | 'last_admin'
  | 'already_taken'
  | 'precondition_failed'
  | 'payload_too_large'
  | 'uri_too_long'
  | 'unsupported_media_type'
  | 'expectation_failed'
  | 'validation_failed'
  | 'too_many_requests'
  | 'headers_too_large'
  | 'internal_error'
  | 'mail_not_configured'
  | 'overloaded'
  | 'service_unavailable'
  | 'unknown_error'

export type FieldCode =
  | 'required'
  | 'unknown_field'
  | 'invalid_type'
  | 'invalid_format'
  | 'invalid_value'
  | 'invalid'
  | 'too_short'
  | 'too_long'
  | 'too_common'
  | 'contains_identifier'
  | 'breached'
  | 'unchanged'
  | 'already_taken'
  | 'domain_not_allowed'
  | 'challenge_failed'

/** A refused field. A newer service may know more codes, so no code is taken for impossible. */
export type FieldProblem = {
  /** Where it is in the body (RFC 6901), such as `/email`. */
  pointer: string
  code: FieldCode | (string & Record<never, never>)
  detail: string
}

/** Problem details (RFC 9457). */
export type Problem = {
  type: string
  title: string
  status: number
  detail: string
  code: ErrorCode
  request_id: string
  /** Of `account_exists`: by this the identity is linked after a log-in, within so many seconds. */
  link_token?: string
  expires_in?: number
  errors?: readonly FieldProblem[]
}
