import { fileURLToPath } from 'node:url'
import type { Generator } from '../load/control.ts'
import type { Job } from '../load/drive.ts'
import { startNode, stopChild } from '../support/children.ts'
import { median, shown } from '../support/figures.ts'
import { freePort, untilHealthy } from '../support/ports.ts'
import { type Check, table } from '../support/report.ts'
import { JWT_SECRET_KEY, memoryOf } from '../support/targets.ts'
import { profileWorkerStarts } from '../support/worker-start.ts'
import { bundleWorker, emptyBundle, startWorkerd, type Workerd } from '../support/workerd.ts'
import { type Pace, type Sample, sample } from './throughput.ts'

const NEON = fileURLToPath(new URL('../../dev/neon/cli.ts', import.meta.url))
const PARALLEL_LOGINS = 100
const MAX_MEMORY_MB = 128
const MAX_BUNDLE_KIB = 450
const MAX_START_MS = 25
const STARTS = 9
const SAMPLE_EVERY_MS = 20

type Course = Pick<Job, 'scenario' | 'connections' | 'loginsBeside'>
const COURSES: Course[] = [
  { scenario: 'me', connections: 64 },
  { scenario: 'me', connections: 1 },
  { scenario: 'refresh', connections: 64 },
  { scenario: 'refresh', connections: 1 },
  { scenario: 'login', connections: 16 },
  { scenario: 'login', connections: 1 },
  { scenario: 'signup', connections: 1 },
  { scenario: 'me', connections: 1, loginsBeside: 16 },
  { scenario: 'me', connections: 16, loginsBeside: 16 },
]

/** Measures the deployed bundle in workerd, behind the local Neon endpoint over the same Postgres. */
export async function measureWorker(
  generator: Generator,
  databaseUrl: string,
  { rounds, windowMs }: Pace,
): Promise<{ text: string; checks: Check[] }> {
  const bundle = await bundleWorker()
  const neonPort = await freePort()
  const neon = startNode([NEON, '--port', String(neonPort), '--postgres', databaseUrl], {})
  await untilHealthy(neonPort, () => neon.exitCode !== null, { path: '/', status: 400 })
  const variables = {
    DATABASE_URL: databaseUrl,
    NEON_HTTP_ENDPOINT: `http://127.0.0.1:${neonPort}/sql`,
    JWT_SECRET_KEY,
  }
  const worker = await startWorkerd(bundle, variables)
  try {
    const measured = COURSES.map((): Sample[] => [])
    for (let round = 0; round < Math.ceil(rounds / 2); round++) {
      for (const [at, course] of COURSES.entries()) {
        const job = { warmUpMs: 200, windowMs, ...course }
        measured[at]?.push(await sample(generator, worker, job))
      }
    }
    const rows = COURSES.map(({ scenario, connections, loginsBeside }, at) => {
      const middle = (key: keyof Sample) => median(measured[at]?.map((one) => one[key]) ?? [])
      const beside = loginsBeside ? `, ${loginsBeside} log in` : ''
      return [
        `${scenario}, ${connections} conn.${beside}`,
        shown(middle('perSecond')),
        `${shown(middle('p50'))} / ${shown(middle('p99'))}`,
        loginsBeside ? '' : shown(middle('cpuMicroseconds')),
      ]
    })
    const fresh = await startWorkerd(bundle, variables)
    const memory = await memoryDuringLogins(generator, fresh).finally(fresh.stop)
    // The profiler samples once a millisecond, so a single start says little.
    const start = median(await profileWorkerStarts(STARTS))
    const size = bundle.gzipBytes / 1024
    return {
      text: `${table(['', 'requests/s', 'p50 / p99 ms', 'processor time, µs'], rows)}\n\n${memory.text}`,
      checks: [
        ...memory.checks,
        {
          what: 'bundle, gzip, all of it',
          found: shown(size, 'KiB'),
          budget: `≤ ${MAX_BUNDLE_KIB} KiB`,
          ok: size <= MAX_BUNDLE_KIB,
        },
        {
          what: 'processor time before the first request',
          found: shown(start, 'ms'),
          budget: `≤ ${MAX_START_MS} ms`,
          ok: start <= MAX_START_MS,
        },
      ],
    }
  } finally {
    await worker.stop()
    await stopChild(neon)
  }
}

/**
 * Measures a fresh process, which holds workerd itself besides the isolate. The memory of an empty Worker is
 * subtracted.
 */
async function memoryDuringLogins(generator: Generator, worker: Workerd) {
  const empty = await startWorkerd(emptyBundle(), {})
  await fetch(`http://127.0.0.1:${empty.port}/`).then((answer) => answer.text())
  const emptyMiB = memoryOf(empty.pid)?.now
  await empty.stop()
  const before = memoryOf(worker.pid)?.now
  if (emptyMiB === undefined || before === undefined) {
    return { text: 'This system does not tell the memory.', checks: [] }
  }
  let most = before
  const sampler = setInterval(() => {
    most = Math.max(most, memoryOf(worker.pid)?.now ?? 0)
  }, SAMPLE_EVERY_MS)
  const { port } = worker
  const job = { port, scenario: 'login' as const, connections: PARALLEL_LOGINS }
  const limits = { requests: PARALLEL_LOGINS, warmUpMs: 0, windowMs: 30_000, mayRefuse: true }
  const { requests, refused, p99 } = await generator.run({ ...job, ...limits })
  clearInterval(sampler)

  const isolateMb = ((most - emptyMiB) * 1024 * 1024) / 1e6
  const figures = `before ${shown(before)}, at most ${shown(most)}, an empty Worker ${shown(emptyMiB)}`
  return {
    text: `${requests} log-ins at once, ${refused} of them refused (503), the last answer after ${shown(p99, 'ms')}: MiB of workerd ${figures}.`,
    checks: [
      {
        what: 'refused of 100 log-ins at once',
        found: String(refused),
        budget: '0',
        ok: refused === 0,
      },
      {
        what: 'memory of the Worker, 100 log-ins at once',
        found: shown(isolateMb, 'MB'),
        budget: `< ${MAX_MEMORY_MB} MB`,
        ok: isolateMb < MAX_MEMORY_MB,
      },
    ],
  }
}
