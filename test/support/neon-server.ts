import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
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
    /** An endpoint that sends everybody elsewhere, and says by GET how many came there. */
    redirectingEndpoint: string
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
  let followed = 0
  const redirecting = createServer((request, response) => {
    if (request.url === '/elsewhere') followed++
    if (request.method === 'GET') response.end(String(followed))
    else response.writeHead(307, { location: '/elsewhere' }).end()
  }).listen(0, '127.0.0.1')
  await once(redirecting, 'listening')
  const { port } = redirecting.address() as AddressInfo
  project.provide('redirectingEndpoint', `http://127.0.0.1:${port}/sql`)
  return async () => {
    redirecting.close()
    redirecting.closeAllConnections()
    await endpoint.close()
    await embedded.close()
  }
}
