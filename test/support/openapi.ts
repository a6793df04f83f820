import { z } from 'zod'

type Schema = Record<string, unknown>
type Media = { schema?: Schema; examples?: Record<string, { value: unknown }>; example?: unknown }
type Header = { description: string; required?: boolean }
export type Reply = {
  description: string
  headers?: Record<string, Header>
  content?: Record<string, Media>
}
type Operation = {
  description?: string
  operationId: string
  security?: Record<string, string[]>[]
  requestBody?: { required?: boolean; content: Record<string, Media> }
  responses: Record<string, Reply>
}
export type Document = {
  openapi: string
  info: { title: string; description: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

export type Route = Operation & { method: string; path: string; name: string }

/** Every operation of the document. */
export function routesOf(document: Document): Route[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
      name: `${method.toUpperCase()} ${path}`,
    })),
  )
}

/** The permission that a route asks for, if it asks for one. */
export function permissionOf({ security }: Pick<Route, 'security'>): string | undefined {
  return Object.values(security?.[0] ?? {}).flat()[0]
}

/** A schema of the document with what it refers to put in its place. */
export function resolved(document: Document, schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map((item) => resolved(document, item))
  if (typeof schema !== 'object' || schema === null) return schema
  const { $ref } = schema as { $ref?: string }
  if ($ref) {
    const name = $ref.replace('#/components/schemas/', '')
    return resolved(document, document.components.schemas[name])
  }
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, resolved(document, value)]),
  )
}

/** What is wrong with a value by a schema of the document, `[]` when nothing is; a member that is not documented is wrong too. */
export function faults(document: Document, schema: unknown, value: unknown): string[] {
  const strict = closed(resolved(document, schema))
  const verdict = z
    .fromJSONSchema(strict as Parameters<typeof z.fromJSONSchema>[0])
    .safeParse(value)
  return verdict.success
    ? []
    : verdict.error.issues.map((issue) => `/${issue.path.join('/')}: ${issue.message}`)
}

function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const members = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, key === 'example' ? value : closed(value)]),
  )
  return members.type === 'object' ? { additionalProperties: false, ...members } : members
}

/** The example that the single members' examples make up; a whole one stands before them. */
export function exampleOf(document: Document, schema: unknown): unknown {
  const {
    type,
    example,
    properties,
    items,
    default: fallback,
  } = resolved(document, schema) as {
    type?: string
    example?: unknown
    properties?: Record<string, unknown>
    items?: unknown
    default?: unknown
  }
  if (example !== undefined) return example
  if (properties) {
    const members = Object.entries(properties).map(([key, member]) => [
      key,
      exampleOf(document, member),
    ])
    return Object.fromEntries(members.filter(([, value]) => value !== undefined))
  }
  if (items) return [exampleOf(document, items)]
  return fallback ?? (type === 'boolean' ? true : undefined)
}
