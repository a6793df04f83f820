import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startNeonEndpoint } from '../../dev/neon/endpoint.ts'
import { pgliteBackend } from '../../dev/neon/pglite-backend.ts'
import { openEmbedded } from '../../src/database/embedded/open.ts'
import { neonConformance } from './neon-conformance.ts'

neonConformance('PGlite', async () => {
  const place = mkdtempSync(join(tmpdir(), 'edge-auth-neon-'))
  const embedded = await openEmbedded({ folder: join(place, 'data') })
  const owner = { user: 'edge user', password: 'p@ss:/?', database: 'edge' }
  const endpoint = await startNeonEndpoint({ backend: pgliteBackend(embedded, owner) })
  return {
    url: endpoint.url,
    connectionString: 'postgresql://edge%20user:p%40ss%3A%2F%3F@ep-local.localhost/edge',
    async close() {
      await endpoint.close()
      await embedded.close()
      rmSync(place, { recursive: true })
    },
  }
})

it('refuses to listen where others could reach it', async () => {
  const backend = { use: () => Promise.reject(new Error()), close: () => Promise.resolve() }
  await expect(startNeonEndpoint({ backend, host: '0.0.0.0' })).rejects.toThrow('loopback only')
})
