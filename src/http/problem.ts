import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { driverError, failureCode, isUnavailable, sqlState } from '../database/errors.ts'
import {
  AppError,
  type AppErrorOptions,
  PROBLEMS,
  type ProblemCode,
  sentenceOf,
} from '../errors.ts'
import type { LogFields } from '../utils/log.ts'
import { type AppEnv, idsOf } from './context.ts'
import { SECURITY_HEADERS } from './headers.ts'
import { respond } from './respond.ts'

type Limit = NonNullable<AppErrorOptions['limit']>

/** The codes of Hono's own refusals, which have only a status. */
const CODE_OF_STATUS: Record<number, ProblemCode> = {
  400: 'malformed_request',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
}

/** The members of problem+json (RFC 9457). Nothing else makes such a document. */
export function problemBody({ code, options }: AppError, requestId: string) {
  const { status, title } = PROBLEMS[code]
  const { detail, errors, link } = options
  return {
    type: `urn:edge-auth:problem:${code}`,
    title,
    status,
    detail: detail ?? sentenceOf(code),
    code,
    request_id: requestId,
    ...(errors && { errors }),
    ...(link && { link_token: link.token, expires_in: link.expiresInSeconds }),
  }
}

/** The headers that a problem brings, whatever the form of its answer. */
export function problemHeaders({ code, options }: AppError): Record<string, string> {
  const { challenge, retryAfterSeconds } = PROBLEMS[code]
  const wait = retryAfterSeconds && (options.retryAfterSeconds ?? spread(retryAfterSeconds))
  return {
    ...(challenge && { 'www-authenticate': challenge + stepUpOf(options) }),
    ...(wait && { 'retry-after': String(wait) }),
    ...(options.limit && limitHeaders(options.limit, wait)),
  }
}

/** What is to be proven, as parameters of the challenge (RFC 9470 section 3). */
function stepUpOf({ stepUp }: AppErrorOptions): string {
  if (!stepUp) return ''
  const { acr, maxAgeSeconds } = stepUp
  return `, acr_values="${acr}"${maxAgeSeconds === undefined ? '' : `, max_age=${maxAgeSeconds}`}`
}

/** What a limit allows, that nothing of it is left, and when it will be (draft-ietf-httpapi-ratelimit-headers). */
function limitHeaders({ name, count, periodSeconds }: Limit, waitSeconds = 1) {
  return {
    'ratelimit-policy': `"${name}";q=${count};w=${periodSeconds}`,
    ratelimit: `"${name}";r=0;t=${waitSeconds}`,
  }
}

function problemDocument(error: AppError, requestId: string) {
  const { status } = PROBLEMS[error.code]
  const body = JSON.stringify(problemBody(error, requestId))
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json; charset=utf-8',
    ...problemHeaders(error),
  }
  return { status, body, headers }
}

/** Answers a request with a problem. */
export function problem(c: Context<AppEnv>, error: AppError, more: Record<string, string> = {}) {
  const { status, body, headers } = problemDocument(error, c.get('requestId'))
  return respond(c, body, status, { ...headers, ...more })
}

/** Returns a problem where no app can answer: before it is built, or to bytes that never became a request. */
export function problemOutsideApp(code: ProblemCode) {
  const requestId = crypto.randomUUID()
  const { status, body, headers } = problemDocument(new AppError(code), requestId)
  return { status, body, headers: { ...SECURITY_HEADERS, ...headers, 'x-request-id': requestId } }
}

/** Turns a thrown error into an answer without internals. */
export function onError(thrown: Error, c: Context<AppEnv>): Response {
  return problem(c, refusalOf(thrown, c))
}

/**
 * Returns what may be told of a thrown error. Logs unexpected errors, without the data in their messages.
 */
export function refusalOf(thrown: Error, c: Context<AppEnv>): AppError {
  const error = asAppError(thrown)
  const { config, logger } = c.get('deps')
  if (PROBLEMS[error.code].status >= 500) {
    logger.error(error.code, { ...idsOf(c), ...causeFields(thrown) })
  } else if (config.debug) {
    logger.info('refused', { ...idsOf(c), code: error.code })
  }
  return error
}

/** Answers a request that no route matches. */
export function notFound(c: Context<AppEnv>): Response {
  return problem(c, new AppError('not_found', { detail: 'No endpoint has this path.' }))
}

/** Returns the failure that a thrown error is answered as. */
export function asAppError(thrown: Error): AppError {
  if (thrown instanceof AppError) return thrown
  if (isUnavailable(thrown)) return new AppError('service_unavailable', { cause: thrown })
  const code = thrown instanceof HTTPException ? CODE_OF_STATUS[thrown.status] : undefined
  return new AppError(code ?? 'internal_error', { cause: thrown })
}

/** Adds up to three seconds, so that clients do not all come back at once after an outage. */
function spread(seconds: number): number {
  return seconds + Math.floor((crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) / 64)
}

/** Keeps only names and codes. Driver messages and query texts can quote personal data or a connection string. */
function causeFields(thrown: Error): LogFields {
  const cause = driverError(thrown instanceof AppError ? (thrown.cause ?? thrown) : thrown)
  const state = sqlState(thrown) ?? sqlState(cause)
  if (state) return { cause: 'database', sqlstate: state }
  if (!(cause instanceof Error)) return { cause: typeof cause }
  const code = cause instanceof AppError ? undefined : failureCode(cause)
  return thrown instanceof AppError || isUnavailable(thrown)
    ? { cause: cause.name, code }
    : { cause: cause.name, code, stack: cause.stack?.split('\n').slice(1, 6).join('\n') }
}
