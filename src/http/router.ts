import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context, TypedResponse } from 'hono'
import { PROBLEMS, type ProblemCode } from '../errors.ts'
import type { AppEnv } from './context.ts'
import { respond } from './respond.ts'
import { validationFailed } from './validation.ts'

export { createRoute }

/** A router whose validation failures become problems; every feature's router is made by it. */
export function createRouter(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success) throw validationFailed(result.error.issues)
    },
  })
}

/** A required JSON body; the route's `withBody` guard reads and bounds it before it is validated. */
export function body<Schema extends z.ZodType>(schema: Schema) {
  return { body: { required: true, content: { 'application/json': { schema } } } } as const
}

/** A documented JSON answer. */
export function json<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { 'application/json': { schema } } } as const
}

/** Sends what the schema names and nothing else, so that no column can leave by accident. */
export function reply<Schema extends z.ZodType, Status extends 200 | 201>(
  c: Context,
  schema: Schema,
  value: z.input<Schema>,
  status: Status,
  headers: Record<string, string> = {},
): Response & TypedResponse<z.output<Schema>, Status, 'json'> {
  const response = respond(c, JSON.stringify(schema.parse(value)), status, {
    'content-type': 'application/json; charset=utf-8',
    ...headers,
  })
  // A plain Response: Hono's typed one exists for its RPC types only and has no other members at run time.
  return response as Response & TypedResponse<z.output<Schema>, Status, 'json'>
}

/** An answer with no body. */
export function replyEmpty(c: Context): Response & TypedResponse<null, 204, 'body'> {
  return respond(c, null, 204) as Response & TypedResponse<null, 204, 'body'>
}

/** A documented answer with no body. */
export function empty(description: string) {
  return { description } as const
}

const FieldProblem = z
  .object({
    pointer: z.string().openapi({ example: '/email', description: 'JSON pointer (RFC 6901)' }),
    code: z.string().openapi({ example: 'invalid_format' }),
    detail: z.string().openapi({ example: 'Give one email address.' }),
  })
  .openapi('FieldProblem')

export const Problem = z
  .object({
    type: z.string().openapi({ example: 'urn:edge-auth:problem:not_found' }),
    title: z.string().openapi({ example: PROBLEMS.not_found.title }),
    status: z.int().openapi({ example: PROBLEMS.not_found.status }),
    detail: z.string().openapi({ example: `${PROBLEMS.not_found.title}.` }),
    code: z
      .enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]])
      .openapi({ example: 'not_found' }),
    request_id: z.string().openapi({ example: '5f0c7d2e-8f0a-4b6e-9c55-0d6f3b1f9a77' }),
    errors: z.array(FieldProblem).optional(),
  })
  .openapi('Problem', { description: 'RFC 9457 problem details' })

type ProblemResponses = Record<number, ReturnType<typeof problemResponse>>

/** Documents the codes a route may answer with, grouped by status; every route may fail unexpectedly. */
export function problems(...codes: ProblemCode[]): ProblemResponses {
  const byStatus = Map.groupBy(
    [...codes, 'internal_error' as const],
    (code) => PROBLEMS[code].status,
  )
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [status, problemResponse(group)]),
  )
}

const HEADERS_OF_STATUS: Record<
  number,
  Record<string, { description: string; schema: { type: 'string' } }>
> = {
  401: { 'WWW-Authenticate': { description: 'RFC 6750 challenge', schema: { type: 'string' } } },
  503: { 'Retry-After': { description: 'Seconds to wait', schema: { type: 'string' } } },
}

function problemResponse(codes: ProblemCode[]) {
  const status = PROBLEMS[codes[0] ?? 'internal_error'].status
  const headers = HEADERS_OF_STATUS[status]
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
    ...(headers && { headers }),
    content: {
      'application/problem+json': {
        schema: Problem,
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
    request_id: '5f0c7d2e-8f0a-4b6e-9c55-0d6f3b1f9a77',
  }
}
