import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism, platform } from 'node:os'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createDatabase } from '../support/app-postgres.ts'
import { signUpAndIn } from '../support/faults.ts'
import { startNode } from '../support/node-process.ts'

let database: Awaited<ReturnType<typeof createDatabase>>
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())

/** How many threads of libuv's pool a process has, by the names that Linux shows. */
function poolThreads(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`)
  const names = tasks.map((task) => readFileSync(`/proc/${pid}/task/${task}/comm`, 'utf8').trim())
  return names.filter((name) => name === 'libuv-worker').length
}

it.runIf(platform() === 'linux').each<[string, Record<string, string>, number]>([
  ['as many as cores', {}, availableParallelism()],
  ['as many as the operator chose', { UV_THREADPOOL_SIZE: '3' }, 3],
])('hashes on %s', async (_, env, threads) => {
  const service = await startNode({ DATABASE_URL: database.url, ...env })
  try {
    await signUpAndIn(service)
    expect(poolThreads(service.child.pid ?? 0)).toBe(threads)
  } finally {
    await service.kill()
  }
})
