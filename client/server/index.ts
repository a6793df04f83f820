import { errors, jwtVerify } from 'jose'
import { type AccessClaims, isAccessClaims } from './claims.ts'
import { keySetOf } from './keys.ts'
import {
  type AccessProblem,
  type ProblemCode,
  problemOf,
  type Requirements,
  unmet,
} from './problems.ts'

export type { AccessClaims } from './claims.ts'
export type { AccessProblem, ProblemCode, Requirements } from './problems.ts'

export type VerifyOptions = Requirements & {
  /** The service's `/.well-known/jwks.json`. */
  jwksUrl: string | URL
  /** The service's `JWT_ISSUER`. */
  issuer: string
  /** The service's `JWT_AUDIENCE`. */
  audience: string
  /** What may sign: ES256, EdDSA and RS256 unless fewer are named. Shared secrets never do. */
  algorithms?: readonly Algorithm[]
  /** How far clocks may be apart: 5 unless given. */
  clockToleranceSeconds?: number
}
export type Algorithm = 'ES256' | 'EdDSA' | 'RS256'

/** A web request, or one of Node's http server. */
export type RequestLike = {
  headers: { get(name: string): string | null } | { authorization?: string | undefined }
}

export type Verified =
  | { ok: true; claims: AccessClaims }
  | {
      ok: false
      problem: AccessProblem
      response: Response
      /** With `keys_unavailable`: why, for your log. */
      cause?: unknown
    }

const ALGORITHMS: readonly Algorithm[] = ['ES256', 'EdDSA', 'RS256']
/** Longer than any token of the service. */
const MAX_CHARACTERS = 8_192
const CLOCK_TOLERANCE_SECONDS = 5

const TOKEN_ERRORS = [
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
]

/**
 * Verifies the access token of a request by the service's public keys, and asks the service nothing. Where it is refused,
 * `response` is what to answer, with the challenge of RFC 6750. It throws where an option is missing. A session that has ended is noticed when its token expires.
 */
export async function verifyRequest(
  request: RequestLike,
  options: VerifyOptions,
): Promise<Verified> {
  refuseIncomplete(options)
  const keys = keySetOf(options.jwksUrl)
  const token = bearerTokenOf(request)
  if (token === undefined) return refused('token_missing')
  try {
    const { payload } = await jwtVerify(token, keys, {
      typ: 'at+jwt',
      algorithms: [...(options.algorithms ?? ALGORITHMS)],
      issuer: options.issuer,
      audience: options.audience,
      clockTolerance: options.clockToleranceSeconds ?? CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['exp', 'iat', 'sub', 'sid'],
    })
    if (!isAccessClaims(payload)) return refused('token_invalid')
    const lacking = unmet(payload, options)
    return lacking ? refused(lacking, options) : { ok: true, claims: payload }
  } catch (error) {
    const code = codeOf(error)
    return { ...refused(code), ...(code === 'keys_unavailable' && { cause: error }) }
  }
}

function refused(...of: Parameters<typeof problemOf>): Verified {
  const { problem, headers } = problemOf(...of)
  const response = new Response(JSON.stringify(problem), { status: problem.status, headers })
  return { ok: false, problem, response }
}

/** The token of the header, whose scheme has no case. */
function bearerTokenOf({ headers }: RequestLike): string | undefined {
  const value = 'get' in headers ? headers.get('authorization') : headers.authorization
  const [, token] = /^bearer +([\w.~+/-]+=*)$/i.exec(value ?? '') ?? []
  return token && token.length <= MAX_CHARACTERS ? token : undefined
}

/** Without them a token of anybody's would do: what is undefined is not compared. */
function refuseIncomplete({ jwksUrl, issuer, audience }: VerifyOptions): void {
  for (const [name, value] of Object.entries({
    jwksUrl: String(jwksUrl ?? ''),
    issuer,
    audience,
  })) {
    if (typeof value !== 'string' || value === '')
      throw new TypeError(`verifyRequest: ${name} is missing`)
  }
}

/** Whatever is not about the token itself is about the keys, and nobody is to log in again for that. */
function codeOf(error: unknown): ProblemCode {
  if (error instanceof errors.JWTExpired) return 'token_expired'
  const isOfToken = TOKEN_ERRORS.some((kind) => error instanceof kind)
  return isOfToken ? 'token_invalid' : 'keys_unavailable'
}
