import { env } from 'cloudflare:workers'
import { afterEach, expect, inject, it, vi } from 'vitest'
import { SECRET } from '../support/app.ts'
import { freshWorker, type Worker } from '../support/fresh-worker.ts'
import { GENEROUS } from '../support/limits.ts'

const MARKER = 'hunter2marker'

afterEach(() => vi.restoreAllMocks())

it('the Worker writes a data point a request where a dataset is bound, and harms no answer', async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  const points: unknown[] = []
  const environment = {
    ASSETS: env.ASSETS,
    JWT_SECRET_KEY: SECRET,
    DATABASE_URL: inject('neonDatabaseUrl'),
    NEON_HTTP_ENDPOINT: inject('neonHttpEndpoint'),
    RATE_LIMITS: GENEROUS,
    ANALYTICS: {
      writeDataPoint(point: unknown) {
        points.push(point)
        if (points.length > 1) throw new Error('too many points')
      },
    },
  }
  const worker = await freshWorker()
  const ask = (path: string) =>
    worker.fetch(
      new Request(`https://api.example.org${path}`, { headers: { 'x-request-id': MARKER } }),
      environment as unknown as Parameters<Worker['fetch']>[1],
      { waitUntil: () => {}, passThroughOnException: () => {}, props: {} } as never,
    )
  expect((await ask('/health')).status).toBe(200)
  expect((await ask(`/${MARKER}?token=${MARKER}`)).status).toBe(404)
  expect(points).toEqual([
    {
      indexes: ['/health'],
      blobs: ['GET', '/health', '200', 'success'],
      doubles: [expect.any(Number), 1],
    },
    { indexes: ['/*'], blobs: ['GET', '/*', '404', 'not_found'], doubles: [expect.any(Number), 1] },
  ])
  expect(JSON.stringify(points)).not.toContain(MARKER)
})
