import type { TestApp, TestOptions } from './app.ts'

export const isWorkers = navigator.userAgent === 'Cloudflare-Workers'

/** The app on whichever runtime the test runs in; the core suite knows no more of it than this. */
export async function createTestApp(options: TestOptions = {}): Promise<TestApp> {
  if (isWorkers) {
    const { createWorkersTestApp } = await import('./app-workers.ts')
    return createWorkersTestApp(options)
  }
  const { createNodeTestApp } = await import('./app-node.ts')
  return createNodeTestApp(options)
}
