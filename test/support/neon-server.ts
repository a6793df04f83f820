import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { startNeonEndpoint } from '../../dev/neon/endpoint.ts'
import { pgliteBackend } from '../../dev/neon/pglite-backend.ts'
import { openEmbedded } from '../../src/database/embedded/open.ts'
import { migrate } from '../../src/database/migrate.ts'
import { executorOf } from '../../src/database/pglite.ts'
import { startMailApi } from './mail-servers.ts'
import { provideTurnstile } from './turnstile-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    neonHttpEndpoint: string
    neonDatabaseUrl: string
    /** An endpoint that sends everybody elsewhere, and says by GET how many came there. */
    redirectingEndpoint: string
    /** APIs that take mails: one takes them, one says nothing. */
    mailApis: Record<'accepting' | 'silent', { url: string; key: string }>
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
  const [accepting, silent] = await Promise.all([startMailApi(), startMailApi()])
  await silent.behave('hang')
  project.provide('mailApis', {
    accepting: { url: accepting.url, key: accepting.key },
    silent: { url: silent.url, key: silent.key },
  })
  const closeTurnstile = await provideTurnstile(project)
  return async () => {
    await closeTurnstile()
    await Promise.all([accepting.close(), silent.close()])
    redirecting.close()
    redirecting.closeAllConnections()
    await endpoint.close()
    await embedded.close()
  }
}
