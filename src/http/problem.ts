import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { driverError, failureCode, isUnavailable, sqlState } from '../database/errors.ts'
import { AppError, PROBLEMS, type ProblemCode, sentenceOf } from '../errors.ts'
import type { LogFields } from '../utils/log.ts'
import type { AppEnv } from './context.ts'
import { SECURITY_HEADERS } from './headers.ts'
import { respond } from './respond.ts'

/** The codes of Hono's own refusals, which have only a status. */
const CODE_OF_STATUS: Record<number, ProblemCode> = {
  400: 'malformed_request',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
}

/** The members of problem+json (RFC 9457). Nothing else makes such a document. */
export function problemBody({ code, options }: AppError, requestId: string) {
  const { status, title } = PROBLEMS[code]
  const { detail, errors } = options
  return {
    type: `urn:edge-auth:problem:${code}`,
    title,
    status,
    detail: detail ?? sentenceOf(code),
    code,
    request_id: requestId,
    ...(errors && { errors }),
  }
}

function problemDocument(error: AppError, requestId: string) {
  const { options } = error
  const { status, challenge, retryAfterSeconds } = PROBLEMS[error.code]
  const body = JSON.stringify(problemBody(error, requestId))
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json; charset=utf-8',
    ...(challenge && { 'www-authenticate': challenge }),
    ...(retryAfterSeconds && {
      'retry-after': String(options.retryAfterSeconds ?? spread(retryAfterSeconds)),
    }),
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

/**
 * Turns a thrown error into an answer without internals. Logs unexpected errors, without the data in their messages.
 */
export function onError(thrown: Error, c: Context<AppEnv>): Response {
  const error = asAppError(thrown)
  const { config, logger } = c.get('deps')
  const request_id = c.get('requestId')
  if (PROBLEMS[error.code].status >= 500) {
    logger.error(error.code, { request_id, ...causeFields(thrown) })
  } else if (config.debug) {
    logger.info('refused', { request_id, code: error.code })
  }
  return problem(c, error)
}

/** Answers a request that no route matches. */
export function notFound(c: Context<AppEnv>): Response {
  return problem(c, new AppError('not_found', { detail: 'No endpoint has this path.' }))
}

function asAppError(thrown: Error): AppError {
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
