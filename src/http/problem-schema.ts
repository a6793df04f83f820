import { PROBLEMS } from '../errors.ts'

export const PROBLEM_EXAMPLE_ID = '5f0c7d2e-8f0a-4b6e-9c55-0d6f3b1f9a77'

const text = (example: string) => ({ type: 'string' as const, example })

const FieldProblem = {
  type: 'object' as const,
  properties: {
    pointer: { ...text('/email'), description: 'JSON pointer (RFC 6901)' },
    code: text('invalid_format'),
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

/** The shape of every problem. Nothing is checked by these at run time, so they are no zod schemas. */
export const PROBLEM_SCHEMAS = { FieldProblem, Problem }
