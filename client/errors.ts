import type { ErrorCode, FieldProblem, Problem } from './types.ts'

/** What the headers of a refusal say. */
export type Wanted = {
  retryAfterSeconds?: number | undefined
  acrValues?: string | undefined
  maxAgeSeconds?: number | undefined
}

/** The server answered with a refusal; the fields are those of its problem details (RFC 9457), `code` the one to decide by. */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  /** 0 for what came back with the browser, and as no answer. */
  readonly status: number
  readonly code: ErrorCode
  readonly title: string
  readonly detail: string
  readonly request_id: string | undefined
  /** Every refused field of the body, by JSON pointer. */
  readonly errors: readonly FieldProblem[]
  /** How long to wait before trying again is of use, where the service says so. */
  readonly retryAfterSeconds: number | undefined
  /** With `step_up_required`: the level that is wanted, such as `aal2`, and how old its proof may be (RFC 9470). */
  readonly acrValues: string | undefined
  readonly maxAgeSeconds: number | undefined
  /** With `account_exists`: what `linkIdentity` takes once the person has logged in otherwise. */
  readonly linkToken: string | undefined

  constructor(
    problem: Partial<Problem> & { status: number },
    { retryAfterSeconds, acrValues, maxAgeSeconds }: Wanted = {},
  ) {
    const title = problem.title ?? `The server answered ${problem.status}`
    super(problem.detail ?? title)
    this.status = problem.status
    this.code = problem.code ?? 'unknown_error'
    this.title = title
    this.detail = problem.detail ?? title
    this.request_id = problem.request_id
    this.errors = problem.errors ?? []
    this.retryAfterSeconds = retryAfterSeconds
    this.acrValues = acrValues
    this.maxAgeSeconds = maxAgeSeconds
    this.linkToken = problem.link_token
  }
}

/**
 * No answer of the service came: offline, blocked by CORS, the connection broke, or something else answered in its place.
 * Whether the service acted is not known.
 */
export class NetworkError extends Error {
  override readonly name = 'NetworkError'

  constructor(cause: unknown) {
    super('The server could not be reached', { cause })
  }
}
