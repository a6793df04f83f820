import { inject } from 'vitest'
import type { TestApp, TestOptions } from './app.ts'

export const isWorkers = navigator.userAgent === 'Cloudflare-Workers'

/** The app on whichever runtime and database the test runs in; the core suite knows no more of it than this. */
export async function createTestApp(options: TestOptions = {}): Promise<TestApp> {
  if (isWorkers) {
    const { createWorkersTestApp } = await import('./app-workers.ts')
    return createWorkersTestApp(options)
  }
  if (inject('postgresUrl')) {
    const { createPostgresTestApp } = await import('./app-postgres.ts')
    return createPostgresTestApp(options)
  }
  const { createNodeTestApp } = await import('./app-node.ts')
  return createNodeTestApp(options)
}
