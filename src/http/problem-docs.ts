import type { z } from '@hono/zod-openapi'
import { AppError, FIELD_PROBLEMS, PROBLEMS, type ProblemCode, sentenceOf } from '../errors.ts'
import { problemBody } from './problem.ts'
import { validationFailed } from './validation.ts'

const PROBLEM_EXAMPLE_ID = '5f0c7d2e-8f0a-4b6e-9c55-0d6f3b1f9a77'

const text = (example: string) => ({ type: 'string' as const, example })

const FieldProblem = {
  type: 'object' as const,
  properties: {
    pointer: { ...text('/email'), description: 'JSON pointer (RFC 6901)' },
    code: {
      ...text('invalid_format'),
      enum: Object.keys(FIELD_PROBLEMS),
      description: Object.entries(FIELD_PROBLEMS)
        .map(([code, meaning]) => `- \`${code}\`: ${meaning}`)
        .join('\n'),
    },
    detail: text('Enter an email address, such as name@example.org.'),
  },
  required: ['pointer', 'code', 'detail'],
}

const Problem = {
  type: 'object' as const,
  description: 'RFC 9457 problem details',
  properties: {
    type: text('urn:edge-auth:problem:not_found'),
    title: text(PROBLEMS.not_found.title),
    status: { type: 'integer' as const, example: PROBLEMS.not_found.status },
    detail: text(sentenceOf('not_found')),
    code: { ...text('not_found'), enum: Object.keys(PROBLEMS) },
    request_id: text(PROBLEM_EXAMPLE_ID),
    link_token: {
      type: 'string' as const,
      description: 'Of `account_exists`: goes to `POST /auth/identities` after a log-in.',
    },
    expires_in: { type: 'integer' as const, description: 'Seconds that `link_token` works.' },
    errors: { type: 'array' as const, items: { $ref: '#/components/schemas/FieldProblem' } },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'request_id'],
}

/** The OpenAPI schemas of a problem. They are not zod schemas, because nothing validates with them at run time. */
export const PROBLEM_SCHEMAS = { FieldProblem, Problem }

/** What any request may be answered with, for it belongs to no route or could not be read. Routes do not repeat it. */
export const PROBLEMS_OF_ANY_REQUEST = [
  'malformed_request',
  'not_found',
  'method_not_allowed',
  'request_timeout',
  'uri_too_long',
  'expectation_failed',
  'headers_too_large',
] as const satisfies ProblemCode[]

/** A problem of a route: its code, or the very error that the service throws, made when the document is. */
export type RouteProblem = ProblemCode | (() => AppError)

/** The problems of a route besides its responses. Only the OpenAPI document reads them. */
export function problems(...of: RouteProblem[]) {
  return { problems: of }
}

/** The refusal of a body, as an example whose fields and texts are the real ones. */
export function refusedBody(schema: z.ZodType, body: unknown) {
  return () => validationFailed(schema.safeParse(body).error?.issues ?? [])
}

type ProblemResponses = Record<number, ReturnType<typeof problemResponse>>

/** Documents problems, grouped by status. A later one replaces an earlier of its code. `internal_error` is always there. */
export function problemResponses(of: readonly RouteProblem[]): ProblemResponses {
  const errors = [...of, 'internal_error' as const].map((one) =>
    typeof one === 'string' ? new AppError(one) : one(),
  )
  const byCode = new Map(errors.map((error) => [error.code, error]))
  const byStatus = Map.groupBy(byCode.values(), ({ code }) => PROBLEMS[code].status)
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [status, problemResponse(group)]),
  )
}

/** The headers that a problem's entry in `PROBLEMS` adds. */
const HEADERS = [
  { name: 'WWW-Authenticate', of: 'challenge', description: 'RFC 6750 challenge' },
  { name: 'Retry-After', of: 'retryAfterSeconds', description: 'Seconds to wait' },
  {
    name: 'RateLimit-Policy',
    of: 'hasLimit',
    description: 'The name of the limit, so many (`q`) in so many seconds (`w`)',
  },
  {
    name: 'RateLimit',
    of: 'hasLimit',
    description: 'That none are left (`r`), and the seconds until there is one (`t`)',
  },
] as const

/** Documents a header if one of the codes has it, and as required if all of them do. */
function headersOf(codes: readonly ProblemCode[]) {
  const documented = HEADERS.flatMap(({ name, of, description }) => {
    const carriers = codes.filter((code) => PROBLEMS[code][of] !== undefined)
    if (carriers.length === 0) return []
    const required = carriers.length === codes.length
    return [[name, { description, required, schema: { type: 'string' as const } }] as const]
  })
  return Object.fromEntries(documented)
}

function problemResponse(errors: AppError[]) {
  const codes = errors.map(({ code }) => code)
  const headers = headersOf(codes)
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
    ...(Object.keys(headers).length > 0 && { headers }),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(
          errors.map((error) => [error.code, { value: problemBody(error, PROBLEM_EXAMPLE_ID) }]),
        ),
      },
    },
  }
}
