/**
 * What the bundles get for `zod` (wrangler.toml, tools/build-node.ts): the kinds of schema in use, without all others, its
 * forty languages, its compiler and its reader of JSON Schema.
 */
export * as z from './zod-parts.ts'
