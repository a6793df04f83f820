import { afterEach } from 'vitest'
import { type NodeProcess, startNode } from './node-process.ts'

/** Steps that take back what a test did. */
export type Undo = { push: (...steps: (() => unknown)[]) => void }

/** Gives what takes steps to be done after each test, the last one first. */
export function undoAfterEach(): Undo {
  const steps: (() => unknown)[] = []
  afterEach(async () => {
    for (const step of steps.splice(0).reverse()) await step()
  })
  return steps
}

/** Starts the service as a process of its own, until the end of the test. */
export async function startFor(undo: Undo, env: Record<string, string>): Promise<NodeProcess> {
  const service = await startNode(env)
  undo.push(service.kill)
  return service
}
