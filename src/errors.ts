/** The closed list of problem codes, a public contract: codes are added, never renamed (RFC 9457). */
export const PROBLEMS = {
  malformed_request: { status: 400, title: 'The request could not be understood' },
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
  token_missing: { status: 401, title: 'A bearer token is required' },
  token_invalid: { status: 401, title: 'The token is not valid' },
  token_expired: { status: 401, title: 'The token has expired' },
  invalid_credentials: { status: 401, title: 'The credentials are not valid' },
  not_found: { status: 404, title: 'There is nothing here' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  already_taken: { status: 409, title: 'The username or email is already taken' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be JSON' },
  validation_failed: { status: 422, title: 'The request is not valid' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  overloaded: { status: 503, title: 'The service is busy' },
  service_unavailable: { status: 503, title: 'The service is unavailable' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemCode = keyof typeof PROBLEMS

/** One rejected field: a JSON pointer (RFC 6901) into the body, a stable code, a sentence for people. */
export type FieldProblem = { pointer: string; code: string; detail: string }

type AppErrorOptions = {
  detail?: string
  errors?: FieldProblem[]
  retryAfterSeconds?: number
  cause?: unknown
}

/** A failure that has an answer: its code decides status and title; `detail` and `errors` are shown, `cause` is only logged. */
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
