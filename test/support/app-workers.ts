import { env } from 'cloudflare:workers'
import { inject } from 'vitest'
import { type Bindings, workerDeps } from '../../src/adapters/worker-deps.ts'
import { parseConfig } from '../../src/config/index.ts'
import { connectNeon } from '../../src/database/neon.ts'
import { assembleTestApp, SECRET, type TestOptions } from './app.ts'
import { silent } from './logger.ts'

/** The app as the Worker runs it: hashing and assets of workerd, and the unmodified Neon driver over HTTP. */
export async function createWorkersTestApp(options: TestOptions = {}) {
  let statements = 0
  const connection = connectNeon(inject('neonDatabaseUrl'), {
    endpoint: inject('neonHttpEndpoint'),
    onStatement: () => statements++,
  })
  const config = parseConfig({ JWT_SECRET_KEY: SECRET })
  const { passwords, commonPasswords, docsAsset } = await workerDeps(
    config,
    connection,
    silent,
    env as Bindings,
  )
  return assembleTestApp(
    { connection, passwords, commonPasswords, docsAsset, statements: () => statements },
    options,
  )
}
