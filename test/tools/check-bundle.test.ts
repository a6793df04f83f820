import { describe, expect, it } from 'vitest'
import { eagerShare, isForbidden } from '../../tools/check-bundle.ts'

describe('the check of the bundle', () => {
  it.for([
    'node_modules/pg/lib/index.js',
    'node_modules/postgres/src/index.js',
    'node_modules/@electric-sql/pglite/dist/index.js',
    'node_modules/fs-native-extensions/index.js',
    'node_modules/@node-rs/argon2/index.js',
    'node_modules/nodemailer/dist/esm/nodemailer.js',
    'node_modules/prom-client/index.js',
    'node_modules/@opentelemetry/api/build/esm/index.js',
    'node_modules/tdigest/tdigest.js',
    'node_modules/smtp-server/dist/esm/smtp-server.js',
    'node_modules/postal-mime/dist/esm/postal-mime.js',
    'dev/neon/endpoint.ts',
    'test/support/app.ts',
    'src/database/pglite.ts',
    'src/database/tcp/pool.ts',
    'src/adapters/node-deps.ts',
    'src/adapters/keys-node.ts',
    'src/adapters/mailer-smtp-node.ts',
    'src/adapters/mailer-node.ts',
    'src/adapters/metrics-node.ts',
    'src/adapters/metrics-server-node.ts',
  ])('refuses %s', (path) => {
    expect(isForbidden(path)).toBe(true)
  })

  it.for([
    'node_modules/@neondatabase/serverless/index.mjs',
    'node_modules/drizzle-orm/pg-core/index.js',
    'src/database/neon.ts',
    'src/adapters/mailer-http.ts',
    'src/adapters/mailer-cloudflare.ts',
    'src/adapters/metrics-worker.ts',
    'src/worker.ts',
  ])('lets %s in', (path) => {
    expect(isForbidden(path)).toBe(false)
  })

  it('counts for the start what is reached without a dynamic import, once', () => {
    const statically = (path: string) => ({ path, kind: 'import-statement' })
    const inputs = {
      'a.ts': { imports: [statically('b.ts'), { path: 'late.ts', kind: 'dynamic-import' }] },
      'b.ts': { imports: [statically('a.ts')] },
      'late.ts': { imports: [statically('b.ts'), statically('later.ts')] },
      'later.ts': { imports: [] },
    }
    const bytes = { 'a.ts': 10, 'b.ts': 20, 'late.ts': 30, 'later.ts': 40 }
    const weights = Object.entries(bytes).map(([path, bytesInOutput]) => [path, { bytesInOutput }])
    const output = { entryPoint: 'a.ts', inputs: Object.fromEntries(weights) }
    expect(eagerShare({ inputs, outputs: { 'worker.js': output } })).toBe(0.3)
  })
})
