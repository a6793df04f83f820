/** What distinguishes one problem from another. */
type ProblemKind = {
  status: number
  title: string
  /** What a person is told, where the title is for programmers or does not say what to do. */
  detail?: string
  /** Why a bearer token was not enough, in words that any OAuth client knows (RFC 6750 section 3). */
  challenge?: string
  /** The shortest wait before a retry is worthwhile. It is missing if a retry never helps. */
  retryAfterSeconds?: number
  /** True if the challenge says what is to be proven (RFC 9470 section 3). */
  hasStepUp?: true
  /** True if the answer has a token by which the identity is linked after a log-in. */
  hasLink?: true
  /** True if the answer names the limit that is used up. */
  hasLimit?: true
}

/** Long enough for a queue to move or a connection to come back. Short enough for a person to wait. */
const SOON = 2

/** The closed list of problem codes (RFC 9457). It is a public contract: codes are added, never renamed. */
const kinds = {
  malformed_request: { status: 400, title: 'The request could not be understood' },
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
  challenge_invalid: {
    status: 400,
    title: 'The challenge is not valid',
    detail: 'This took too long, or was used already. Please try again.',
  },
  oauth_state_invalid: {
    status: 400,
    title: 'The state of the sign-in is not valid',
    detail:
      'This sign-in took too long, is finished already, or was begun in another browser. Please start again.',
  },
  oauth_code_invalid: {
    status: 400,
    title: 'The code of the sign-in is not valid',
    detail:
      'This sign-in took too long, is finished already, or was begun in another browser. Please start again.',
  },
  one_time_token_invalid: {
    status: 400,
    title: 'The one-time token is not valid',
    detail: 'This link does not work any more. Please ask for a new one.',
  },
  token_missing: {
    status: 401,
    title: 'A bearer token is required',
    detail: 'Please log in.',
    challenge: 'Bearer',
  },
  token_invalid: {
    status: 401,
    title: 'The token is not valid',
    detail: 'Please log in again.',
    challenge: 'Bearer error="invalid_token"',
  },
  token_expired: {
    status: 401,
    title: 'The token has expired',
    detail: 'Your log-in has expired. Please log in again.',
    challenge: 'Bearer error="invalid_token", error_description="expired"',
  },
  invalid_credentials: { status: 401, title: 'Wrong username or password', challenge: 'Bearer' },
  mfa_token_invalid: {
    status: 401,
    title: 'The MFA token is not valid',
    detail: 'This log-in took too long, or was finished already. Please log in again.',
    challenge: 'Bearer',
  },
  factor_refused: {
    status: 401,
    title: 'The second factor was refused',
    detail: 'This was not accepted. Please try again.',
    challenge: 'Bearer',
  },
  step_up_required: {
    status: 401,
    title: 'A fresh proof is required',
    detail: 'Please confirm that it is you.',
    challenge: 'Bearer error="insufficient_user_authentication"',
    hasStepUp: true,
  },
  mfa_enrollment_required: {
    status: 403,
    title: 'A second factor must be set up first',
    detail: 'Please set up a second factor first.',
  },
  login_codes_off: {
    status: 403,
    title: 'Log-in by mailed codes is switched off',
    detail: 'Nobody can log in by a mailed code here.',
  },
  email_not_verified: {
    status: 403,
    title: 'The email is not verified',
    detail:
      'Please confirm your email first: follow the link in the mail that you got, or have another sent.',
  },
  csrf_refused: {
    status: 403,
    title: 'The request may come from another site',
    detail: 'This page may not do that for you. Please go to the service itself.',
  },
  permission_denied: {
    status: 403,
    title: 'The permission is missing',
    detail: 'You are not allowed to do this.',
    challenge: 'Bearer error="insufficient_scope"',
  },
  signup_closed: {
    status: 403,
    title: 'Sign-up is closed',
    detail: 'New accounts cannot be created here at the moment.',
  },
  provider_denied: {
    status: 403,
    title: 'The sign-in was cancelled at the provider',
    detail: 'The sign-in was cancelled. Please try again, or log in another way.',
  },
  provider_email_unverified: {
    status: 403,
    title: 'The provider does not vouch for an email',
    detail:
      'Verify your email at the provider, or log in or sign up in another way and link the provider then.',
  },
  identity_mismatch: {
    status: 403,
    title: 'This is another account of the provider',
    detail: 'This account of the provider is not linked to yours. Please choose the one that is.',
  },
  account_disabled: {
    status: 403,
    title: 'The account is disabled',
    detail: 'This account is disabled. Please ask the operator.',
  },
  not_found: { status: 404, title: 'There is nothing here' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  last_admin: {
    status: 409,
    title: 'This is the last admin',
    detail: 'Somebody must remain an admin. Please make somebody else one first.',
  },
  account_exists: {
    status: 409,
    title: 'There is an account with this email',
    detail:
      'There is an account with this email already. Log in as you did until now; then the provider is linked to it.',
    hasLink: true,
  },
  identity_taken: {
    status: 409,
    title: 'The identity belongs to another account',
    detail: 'This account of the provider is linked to another account here. Log in by it instead.',
  },
  last_credential: {
    status: 409,
    title: 'Nothing would be left to log in by',
    detail:
      'Nothing would be left to log in by. Please set a password or link another provider first.',
  },
  factor_exists: {
    status: 409,
    title: 'There is one already',
    detail: 'There is one already. Please remove it first.',
  },
  too_many_passkeys: {
    status: 409,
    title: 'There are too many passkeys',
    detail: 'There are too many passkeys. Please remove one first.',
  },
  too_many_identities: {
    status: 409,
    title: 'There are too many linked accounts',
    detail: 'There are too many linked accounts. Please unlink one first.',
  },
  already_taken: { status: 409, title: 'The username or email is already in use' },
  precondition_failed: {
    status: 412,
    title: 'It was changed meanwhile',
    detail: 'Somebody else changed this meanwhile. Please load it again.',
  },
  payload_too_large: { status: 413, title: 'The request is too large' },
  uri_too_long: { status: 414, title: 'The address is too long' },
  unsupported_media_type: { status: 415, title: 'The body must be JSON' },
  expectation_failed: { status: 417, title: 'The expectation cannot be met' },
  validation_failed: { status: 422, title: 'Some fields are not valid' },
  too_many_requests: {
    status: 429,
    title: 'There were too many tries',
    detail: 'There were too many tries. Please wait a while.',
    retryAfterSeconds: 60,
    hasLimit: true,
  },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal_error: {
    status: 500,
    title: 'Something went wrong on our side',
    detail: 'Something went wrong on our side. Please try again later.',
  },
  passkeys_not_configured: {
    status: 501,
    title: 'Passkeys are not set up',
    detail: 'Passkeys cannot be used here. Please tell the operator.',
  },
  mail_not_configured: {
    status: 501,
    title: 'The service has no way to send mail',
    detail: 'The service cannot send mail. Please tell its operator.',
  },
  provider_failed: {
    status: 502,
    title: 'The provider did not confirm the sign-in',
    detail: 'The provider did not confirm who you are. Please try again, or log in another way.',
  },
  overloaded: {
    status: 503,
    title: 'The service is busy',
    detail: 'The service is busy. Please try again in a moment.',
    retryAfterSeconds: SOON,
  },
  service_unavailable: {
    status: 503,
    title: 'The service is unavailable',
    detail: 'The service is unavailable. Please try again in a moment.',
    retryAfterSeconds: SOON,
  },
} satisfies Record<string, ProblemKind>

export type ProblemCode = keyof typeof kinds

export const PROBLEMS: Readonly<Record<ProblemCode, Readonly<ProblemKind>>> = kinds

/** The sentence for people that goes with a code, where nothing more is known. */
export function sentenceOf(code: ProblemCode): string {
  const { title, detail } = PROBLEMS[code]
  return detail ?? `${title}.`
}

/** The closed list of problems of one field. It is as public as the list above, and as permanent. */
export const FIELD_PROBLEMS = {
  required: 'The field is missing.',
  unknown_field: 'The endpoint has no field of this name.',
  invalid_type: 'The value is of another JSON type, such as a number where text belongs.',
  invalid_format: 'The text does not have the form of what belongs here, such as an email address.',
  invalid_value: 'The value is none of those that may stand here.',
  invalid: 'The value is refused for a reason that no other code names; the detail does.',
  too_short: 'There are too few characters.',
  too_long: 'There are too many characters.',
  too_common: 'The password is one of those that are tried first.',
  contains_identifier: 'The password contains the username, the email or the name of the service.',
  breached: 'The password is on a public list of leaked ones.',
  unchanged: 'The new value is the current one.',
  already_taken: 'Another account has this value.',
  domain_not_allowed: 'Emails of this domain are not accepted here.',
  challenge_failed:
    'The answer to the challenge for people was refused; it works once, for minutes.',
} as const satisfies Record<string, string>

export type FieldCode = keyof typeof FIELD_PROBLEMS

/** Why a value is refused: a code for programs and a sentence for people. */
export type FieldRefusal = { code: FieldCode; detail: string }

/** A refused field of the body, with its JSON pointer (RFC 6901). */
export type FieldProblem = { pointer: string } & FieldRefusal

/** Why a credential was refused. Only the log tells; the answer is the same. */
export const CREDENTIAL_OUTCOMES = {
  unknown_account: 'No account that may log in has this username or email.',
  wrong_password: 'The password is not that of the account.',
  wrong_factor: 'The code, recovery code or passkey is none of the account that may be used now.',
  refresh_token_reused: 'An old refresh token was used once more, and the session was ended.',
} as const

/** A refused credential for the log, with the account's identifier, which is never logged in clear. */
export type CredentialRefusal = {
  outcome: keyof typeof CREDENTIAL_OUTCOMES
  identifierKey: string
  user_id?: string
  session_id?: string
}

/** Whom a refusal is about, where the service knows: an account by its id, or by what was typed in canonical form. */
export type RefusalSubject = {
  userId?: string | undefined
  sessionId?: string
  identifierKey?: string
}

export type AppErrorOptions = {
  detail?: string
  errors?: FieldProblem[]
  /** A better value than the list's, if it is known. */
  retryAfterSeconds?: number
  /** The limit that is used up. */
  limit?: { name: string; count: number; periodSeconds: number }
  /** What is to be proven, and how long ago at most. */
  stepUp?: { acr: string; maxAgeSeconds?: number }
  /** By what the identity is linked once its user has logged in. */
  link?: { token: string; expiresInSeconds: number }
  refusal?: CredentialRefusal
  about?: RefusalSubject
  cause?: unknown
}

/**
 * A failure that has an answer. Its code decides status and title. `detail` and `errors` are shown; `cause` and `refusal`
 * are only logged, and `about` is for the audit trail alone.
 */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ProblemCode
  readonly options: AppErrorOptions

  constructor(code: ProblemCode, options: AppErrorOptions = {}) {
    super(code, { cause: options.cause })
    this.code = code
    this.options = options
  }
}
