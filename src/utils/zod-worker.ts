/**
 * Replaces `zod` in the bundles (wrangler.toml, tools/build-node.ts). It has only the kinds of schema in use. It lacks
 * zod's other kinds, its forty languages, its compiler and its reader of JSON Schema.
 */
export * as z from './zod-parts.ts'
