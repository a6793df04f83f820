import { afterEach } from 'vitest'

/** Gives what takes steps to be done after each test, the last one first. */
export function undoAfterEach(): { push: (...steps: (() => unknown)[]) => void } {
  const steps: (() => unknown)[] = []
  afterEach(async () => {
    for (const step of steps.splice(0).reverse()) await step()
  })
  return steps
}
