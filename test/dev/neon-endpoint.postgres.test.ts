import { expect, inject, it } from 'vitest'
import { startNeonEndpoint } from '../../dev/neon/endpoint.ts'
import { postgresBackend } from '../../dev/neon/postgres-backend.ts'
import { neonConformance } from './neon-conformance.ts'

const connectionString = inject('postgresUrl')

neonConformance('Postgres', async () => {
  const endpoint = await startNeonEndpoint({ backend: postgresBackend(connectionString) })
  return { ...endpoint, connectionString }
})

it('says 500 when Postgres cannot be reached', async () => {
  const endpoint = await startNeonEndpoint({
    backend: postgresBackend('postgres://127.0.0.1:1/none'),
  })
  const response = await fetch(endpoint.url, {
    method: 'POST',
    headers: { 'Neon-Connection-String': connectionString },
    body: '{"query":"SELECT 1"}',
  })
  expect([response.status, await response.json()]).toMatchObject([
    500,
    { message: 'could not connect to postgres', code: '' },
  ])
  await endpoint.close()
})
