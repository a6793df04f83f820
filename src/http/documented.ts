import { z } from '@hono/zod-openapi'

type Metadata = {
  description?: string | undefined
  example?: unknown
  type?: string | readonly string[]
  format?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  default?: unknown
  additionalProperties?: boolean
}

/**
 * Adds metadata for the OpenAPI document to a schema that is used in one place. `.openapi` would copy the schema, and
 * the Worker would make all those copies at every start.
 */
export function documented<Schema extends z.ZodType>(schema: Schema, metadata: Metadata): Schema {
  z.globalRegistry.add(schema, metadata)
  return schema
}
