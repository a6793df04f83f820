import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openEmbedded } from '../../src/database/embedded/open.ts'
import { migrate } from '../../src/database/migrate.ts'
import { executorOf } from '../../src/database/pglite.ts'
import { provideTurnstile } from './turnstile-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A file with a migrated, empty database, from which every test file opens its own. */
    templatePath: string
  }
}

/** Migrates one embedded database and keeps its dump: a clone opens in a fraction of the time. */
export default async function setup(project: TestProject) {
  const folder = await mkdtemp(join(tmpdir(), 'edge-auth-template-'))
  const embedded = await openEmbedded()
  await migrate(executorOf(embedded))
  const templatePath = join(folder, 'template.tar')
  await writeFile(templatePath, await embedded.dump())
  await embedded.close()
  project.provide('templatePath', templatePath)
  const closeTurnstile = await provideTurnstile(project)
  return async () => {
    await closeTurnstile()
    await rm(folder, { recursive: true })
  }
}
