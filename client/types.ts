// What goes over the wire. Each type is held equal to the service's schema by test/client/types.test.ts; they are written out
// here so that the package's types need nothing else.

export type User = {
  id: string
  username: string
  email: string
  created_at: string
}

/** A place where the user is logged in. */
export type Session = {
  id: string
  created_at: string
  last_used_at: string
  expires_at: string
  ip: string | null
  user_agent: { browser: string | null; os: string | null; device: string | null }
  /** True for the session that asks. */
  current: boolean
}

export type SignupInput = { username: string; email: string; password: string }
export type LoginInput = { username_or_email: string; password: string }
export type LogoutAllInput = { keep_current?: boolean | undefined }
export type PasswordInput = { current_password: string; new_password: string }

/** The service's codes, and one for answers that are not the service's. */
export type ErrorCode =
  | 'malformed_request'
  | 'malformed_json'
  | 'token_missing'
  | 'token_invalid'
  | 'token_expired'
  | 'invalid_credentials'
  | 'not_found'
  | 'method_not_allowed'
  | 'request_timeout'
  | 'already_taken'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'expectation_failed'
  | 'validation_failed'
  | 'headers_too_large'
  | 'internal_error'
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
  | 'unchanged'
  | 'already_taken'

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
  errors?: readonly FieldProblem[]
}
