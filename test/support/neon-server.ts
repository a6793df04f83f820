import type { TestProject } from 'vitest/node'
import { startNeonEndpoint } from '../../dev/neon/endpoint.ts'
import { pgliteBackend } from '../../dev/neon/pglite-backend.ts'
import { openEmbedded } from '../../src/database/embedded/open.ts'
import { migrate } from '../../src/database/migrate.ts'
import { executorOf } from '../../src/database/pglite.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    neonHttpEndpoint: string
    neonDatabaseUrl: string
  }
}

const LOGIN = { user: 'edge', password: 'edge', database: 'edge' }

/** A migrated database behind the local Neon endpoint, for the unmodified driver inside workerd. */
export default async function setup(project: TestProject) {
  const embedded = await openEmbedded()
  await migrate(executorOf(embedded))
  const endpoint = await startNeonEndpoint({ backend: pgliteBackend(embedded, LOGIN) })
  project.provide('neonHttpEndpoint', endpoint.url)
  project.provide('neonDatabaseUrl', 'postgres://edge:edge@ep-local.localhost/edge')
  return async () => {
    await endpoint.close()
    await embedded.close()
  }
}
