import { readFile } from 'node:fs/promises'
import { inject } from 'vitest'
import { loadArgon2 } from '../../src/adapters/argon2-node.ts'
import { readCommonPasswords } from '../../src/adapters/common-passwords-node.ts'
import { createCommonPasswords } from '../../src/core/passwords/common.ts'
import { createPasswords } from '../../src/core/passwords/passwords.ts'
import { connectPglite } from '../../src/database/pglite.ts'
import { assembleTestApp, CHEAP, QUEUE, type TestOptions } from './app.ts'
import { silent } from './logger.ts'

/** Loaded once for all apps of a file. */
export const commonPasswords = createCommonPasswords(readCommonPasswords, silent)

/** The app on Node over a database of its own, cloned from the migrated template. */
export async function createNodeTestApp(options: TestOptions = {}) {
  let statements = 0
  const connection = await connectPglite({
    dump: await readFile(inject('templatePath')),
    onStatement: () => statements++,
  })
  const passwords = createPasswords(await loadArgon2(silent), QUEUE, CHEAP)
  const ports = { connection, passwords, commonPasswords, statements: () => statements }
  return assembleTestApp(ports, options)
}
