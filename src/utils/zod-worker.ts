/**
 * What the Worker's bundle gets for `zod` (wrangler.toml): all its schemas, without its forty languages, its compiler
 * and its reader of JSON Schema. They are a third of the bundle, and nothing here uses them.
 */
export * as z from './zod-parts.ts'
