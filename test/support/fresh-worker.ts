import { vi } from 'vitest'

/**
 * Loads the Worker as a new isolate does. Files of tests share one, and a Worker keeps the configuration of its first
 * request.
 */
export async function freshWorker() {
  vi.resetModules()
  return (await import('../../src/worker.ts')).default
}

export type Worker = Awaited<ReturnType<typeof freshWorker>>
