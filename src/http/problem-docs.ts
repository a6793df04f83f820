import { FIELD_PROBLEMS, PROBLEMS, type ProblemCode } from '../errors.ts'

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
    detail: text('Give one email address.'),
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
    detail: text(`${PROBLEMS.not_found.title}.`),
    code: { ...text('not_found'), enum: Object.keys(PROBLEMS) },
    request_id: text(PROBLEM_EXAMPLE_ID),
    errors: { type: 'array' as const, items: { $ref: '#/components/schemas/FieldProblem' } },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'request_id'],
}

/** The OpenAPI schemas of a problem. They are not zod schemas, because nothing validates with them at run time. */
export const PROBLEM_SCHEMAS = { FieldProblem, Problem }

/** The problem codes of a route besides its responses. Only the OpenAPI document reads them. */
export function problems(...codes: ProblemCode[]) {
  return { problems: codes }
}

type ProblemResponses = Record<number, ReturnType<typeof problemResponse>>

/** Documents problems, grouped by status. `internal_error` is always among them. */
export function problemResponses(codes: readonly ProblemCode[]): ProblemResponses {
  const byStatus = Map.groupBy(
    [...codes, 'internal_error' as const],
    (code) => PROBLEMS[code].status,
  )
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [status, problemResponse(group)]),
  )
}

/** The headers that a problem's entry in `PROBLEMS` adds. */
const HEADERS = [
  { name: 'WWW-Authenticate', of: 'challenge', description: 'RFC 6750 challenge' },
  { name: 'Retry-After', of: 'retryAfterSeconds', description: 'Seconds to wait' },
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

function problemResponse(codes: ProblemCode[]) {
  const headers = headersOf(codes)
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
    ...(Object.keys(headers).length > 0 && { headers }),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
      },
    },
  }
}

function exampleOf(code: ProblemCode) {
  const { status, title } = PROBLEMS[code]
  return {
    type: `urn:edge-auth:problem:${code}`,
    title,
    status,
    detail: `${title}.`,
    code,
    request_id: PROBLEM_EXAMPLE_ID,
  }
}
