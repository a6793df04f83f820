import type { AccessClaims } from './claims.ts'

/** What a request must show besides a valid token. */
export type Requirements = {
  /** A permission that the user's roles must give, such as `articles:write`. */
  permission?: string
  /** How sure the service must be of who that is: `aal1` (default) or `aal2`, which wants a second factor. */
  acr?: 'aal1' | 'aal2'
  /** How long ago a factor may have been proven. */
  maxAgeSeconds?: number
}

const PROBLEMS = {
  token_missing: { status: 401, title: 'A bearer token is required' },
  token_invalid: { status: 401, title: 'The token is not valid' },
  token_expired: { status: 401, title: 'The token has expired' },
  step_up_required: { status: 401, title: 'A fresh proof is required' },
  permission_denied: { status: 403, title: 'The permission is missing' },
  keys_unavailable: { status: 503, title: 'The keys of the service could not be fetched' },
} as const

export type ProblemCode = keyof typeof PROBLEMS

/** Problem details (RFC 9457), with the codes of the service where it has one for that. */
export type AccessProblem = {
  type: string
  title: string
  status: number
  code: ProblemCode
}

const CHALLENGES: Record<ProblemCode, (of: Requirements) => string | undefined> = {
  token_missing: () => 'Bearer',
  token_invalid: () => 'Bearer error="invalid_token"',
  token_expired: () => 'Bearer error="invalid_token", error_description="expired"',
  step_up_required: stepUpChallenge,
  permission_denied: () => 'Bearer error="insufficient_scope"',
  keys_unavailable: () => undefined,
}
const RETRY_SECONDS = '5'

/** What verified claims lack, if anything. */
export function unmet(claims: AccessClaims, wanted: Requirements): ProblemCode | undefined {
  const { permission, acr = 'aal1', maxAgeSeconds = Number.POSITIVE_INFINITY } = wanted
  const age = Date.now() / 1000 - claims.auth_time
  if (!(levelOf(claims.acr) >= levelOf(acr)) || age > maxAgeSeconds) return 'step_up_required'
  const isPermitted = permission === undefined || claims.permissions?.includes(permission)
  return isPermitted ? undefined : 'permission_denied'
}

/** The problem of a code, and the headers that go with it (RFC 6750 section 3, RFC 9470 section 3). */
export function problemOf(code: ProblemCode, wanted: Requirements = {}) {
  const problem: AccessProblem = {
    type: `urn:edge-auth:problem:${code}`,
    ...PROBLEMS[code],
    code,
  }
  const challenge = CHALLENGES[code](wanted)
  const headers = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(challenge && { 'www-authenticate': challenge }),
    ...(problem.status === 503 && { 'retry-after': RETRY_SECONDS }),
  }
  return { problem, headers }
}

function stepUpChallenge({ acr = 'aal1', maxAgeSeconds }: Requirements): string {
  const age = maxAgeSeconds === undefined ? '' : `, max_age=${maxAgeSeconds}`
  return `Bearer error="insufficient_user_authentication", acr_values="${acr}"${age}`
}

function levelOf(acr: string): number {
  return Number(/^aal(\d)$/.exec(acr)?.[1])
}
