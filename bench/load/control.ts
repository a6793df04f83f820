import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { owned } from '../support/children.ts'
import type { Job, Result } from './drive.ts'

export type Generator = { run: (job: Job) => Promise<Result>; stop: () => void }

/** The time a job may take beyond its window, to open sessions and to finish the requests in flight. */
const SLACK_MS = 30_000

/** Starts the load generator in its own process, so that measuring shares no event loop. */
export function startGenerator(): Generator {
  const child = owned(fork(fileURLToPath(new URL('generator.ts', import.meta.url))))
  return {
    async run(job) {
      child.send(job)
      const limit = AbortSignal.timeout(job.warmUpMs + job.windowMs + SLACK_MS)
      const [answer] = await once(child, 'message', { signal: limit })
      if (answer.error !== undefined) throw new Error(answer.error)
      return answer.result
    },
    stop: () => child.disconnect(),
  }
}
