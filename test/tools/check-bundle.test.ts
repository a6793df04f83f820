import { describe, expect, it } from 'vitest'
import { isForbidden } from '../../tools/check-bundle.ts'

describe('the check of the bundle', () => {
  it.for([
    'node_modules/pg/lib/index.js',
    'node_modules/postgres/src/index.js',
    'node_modules/@electric-sql/pglite/dist/index.js',
    'node_modules/fs-native-extensions/index.js',
    'node_modules/@node-rs/argon2/index.js',
    'dev/neon/endpoint.ts',
    'test/support/app.ts',
    'src/database/pglite.ts',
    'src/database/tcp/pool.ts',
    'src/adapters/node-deps.ts',
    'src/adapters/keys-node.ts',
  ])('refuses %s', (path) => {
    expect(isForbidden(path)).toBe(true)
  })

  it.for([
    'node_modules/@neondatabase/serverless/index.mjs',
    'node_modules/drizzle-orm/pg-core/index.js',
    'src/database/neon.ts',
    'src/worker.ts',
  ])('lets %s in', (path) => {
    expect(isForbidden(path)).toBe(false)
  })
})
