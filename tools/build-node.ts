import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/**
 * Bundles the Node entry into dist/node/. To load some hundred modules one by one, and to strip their types, costs
 * several times what the service needs to start. Packages with binaries or data of their own are not bundled.
 */
await build({
  absWorkingDir: ROOT,
  entryPoints: { server: 'src/node.ts', worker: 'src/database/embedded/worker.ts' },
  outdir: 'dist/node',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // pg loads Node's own modules with `require`, which ES modules lack.
  banner: {
    js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);",
  },
  external: ['@node-rs/argon2', '@electric-sql/pglite', 'fs-native-extensions'],
  alias: { zod: './src/utils/zod-worker.ts' },
  logLevel: 'warning',
})
