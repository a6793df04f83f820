import { createRoute, OpenAPIHono, type z } from '@hono/zod-openapi'
import type { Context, TypedResponse } from 'hono'
import type { AppEnv } from './context.ts'
import { respond } from './respond.ts'
import { validationFailed } from './validation.ts'

export { problems, refusedBody } from './problem-docs.ts'
export { createRoute }

/** Makes a router whose validation failures become problems. Every feature uses it. */
export function createRouter(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success) throw validationFailed(result.error.issues)
    },
  })
}

/** A required JSON body. The route's `jsonBody` guard reads and bounds it before validation. */
export function body<Schema extends z.ZodType>(schema: Schema) {
  return { body: { required: true, content: { 'application/json': { schema } } } } as const
}

/** A JSON body that may be missing. Goes with the `optionalJsonBody` guard, which then puts `{}` in its place. */
export function optionalBody<Schema extends z.ZodType>(schema: Schema) {
  return { body: { required: false, content: { 'application/json': { schema } } } } as const
}

/** A documented JSON answer. Its schema is built only when the document or an answer needs it. */
export function json<Schema extends z.ZodType>(schema: () => Schema, description: string) {
  const content = {
    get schema() {
      return schema()
    },
  }
  return { description, content: { 'application/json': content } } as const
}

/** Documents the header that says where what was created is found. */
export function locationHeader(example: string) {
  const schema = { type: 'string' as const, example }
  return { Location: { description: 'Where it is found.', required: true, schema } }
}

/** Sends only what the schema names, so that no column leaks by accident. */
export function reply<Schema extends z.ZodType, Status extends 200 | 201 | 202>(
  c: Context,
  schema: () => Schema,
  value: z.input<Schema>,
  status: Status,
  headers: Record<string, string> = {},
): Response & TypedResponse<z.output<Schema>, Status, 'json'> {
  const response = respond(c, JSON.stringify(schema().parse(value)), status, {
    'content-type': 'application/json; charset=utf-8',
    ...headers,
  })
  // A plain Response. Hono's typed one exists only for its RPC types and has no other members at run time.
  return response as Response & TypedResponse<z.output<Schema>, Status, 'json'>
}

/** Sends an answer with no body. */
export function replyEmpty(
  c: Context,
  headers: Record<string, string> = {},
): Response & TypedResponse<null, 204, 'body'> {
  return respond(c, null, 204, headers) as Response & TypedResponse<null, 204, 'body'>
}

/** Says that what was asked for happens later, if it does, and nothing of whether it does. */
export function replyAccepted(c: Context): Response & TypedResponse<null, 202, 'body'> {
  return respond(c, null, 202) as Response & TypedResponse<null, 202, 'body'>
}

/** A documented answer with no body. */
export function empty(description: string) {
  return { description } as const
}
