import { env } from 'cloudflare:workers'
import { inject } from 'vitest'
import { deriveOnWorkers } from '../../src/adapters/argon2-worker.ts'
import { type Bindings, workerDeps } from '../../src/adapters/worker-deps.ts'
import { parseConfig } from '../../src/config/index.ts'
import { createPasswords } from '../../src/core/passwords/passwords.ts'
import { argon2idOver } from '../../src/core/passwords/phc.ts'
import { connectNeon } from '../../src/database/neon.ts'
import { assembleTestApp, CHEAP, QUEUE, SECRET, type TestOptions } from './app.ts'
import { silent } from './logger.ts'

/** The app as the Worker runs it: hashing and assets of workerd, and the unmodified Neon driver over HTTP. */
export async function createWorkersTestApp(options: TestOptions = {}) {
  let statements = 0
  const connection = connectNeon(inject('neonDatabaseUrl'), {
    endpoint: inject('neonHttpEndpoint'),
    onStatement: () => statements++,
  })
  const config = parseConfig({ JWT_SECRET_KEY: SECRET })
  const { commonPasswords, docsAsset } = await workerDeps(
    config,
    connection,
    silent,
    env as Bindings,
  )
  const argon2id = argon2idOver(deriveOnWorkers(connection.isAnyInFlight, silent))
  const passwords = createPasswords(argon2id, QUEUE, CHEAP)
  return assembleTestApp(
    { connection, passwords, commonPasswords, docsAsset, statements: () => statements },
    options,
  )
}
