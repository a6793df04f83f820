/**
 * What the bundles get for `zod` (wrangler.toml, tools/build-node.ts): the schemas in use, without its forty languages,
 * its compiler, its reader of JSON Schema and a hundred kinds of schema that nothing here asks for. All of that would be
 * half of zod's weight, and be set up at every start.
 */
export * as z from './zod-parts.ts'
