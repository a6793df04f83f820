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
}

/** Long enough for a queue to move or a connection to come back. Short enough for a person to wait. */
const SOON = 2

/** The closed list of problem codes (RFC 9457). It is a public contract: codes are added, never renamed. */
const kinds = {
  malformed_request: { status: 400, title: 'The request could not be understood' },
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
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
  not_found: { status: 404, title: 'There is nothing here' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  already_taken: { status: 409, title: 'The username or email is already in use' },
  payload_too_large: { status: 413, title: 'The request is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be JSON' },
  expectation_failed: { status: 417, title: 'The expectation cannot be met' },
  validation_failed: { status: 422, title: 'Some fields are not valid' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal_error: {
    status: 500,
    title: 'Something went wrong on our side',
    detail: 'Something went wrong on our side. Please try again later.',
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
  contains_identifier: 'The password is the username or the email.',
  unchanged: 'The new value is the current one.',
  already_taken: 'Another account has this value.',
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
  refresh_token_reused: 'An old refresh token was used once more, and the session was ended.',
} as const

/** A refused credential for the log, with the account's identifier, which is never logged in clear. */
export type CredentialRefusal = {
  outcome: keyof typeof CREDENTIAL_OUTCOMES
  identifierKey: string
  user_id?: string
  session_id?: string
}

export type AppErrorOptions = {
  detail?: string
  errors?: FieldProblem[]
  /** A better value than the list's, if it is known. */
  retryAfterSeconds?: number
  refusal?: CredentialRefusal
  cause?: unknown
}

/**
 * A failure that has an answer. Its code decides status and title. `detail` and `errors` are shown; `cause` and `refusal`
 * are only logged.
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
