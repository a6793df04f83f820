import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runWrangler, temporaryFolder } from './workerd.ts'

type Profile = {
  nodes: { id: number; callFrame: { functionName: string } }[]
  samples: number[]
  timeDeltas: number[]
}

/** Time in which nothing of the Worker runs: waiting, and workerd's own work. */
const NOT_OURS = new Set(['(root)', '(idle)', '(program)'])

/** Milliseconds for which the Worker and the collector of its garbage run before its first request, in each of some starts. */
export async function profileWorkerStarts(times: number): Promise<number[]> {
  const file = join(temporaryFolder(), 'start.cpuprofile')
  const found: number[] = []
  while (found.length < times) {
    await runWrangler(['check', 'startup', '--outfile', file])
    found.push(busyMilliseconds(JSON.parse(readFileSync(file, 'utf8'))))
  }
  return found
}

/**
 * A sample stands for the time until the next one, and the last for as long as the one before. A delta is the time before
 * its sample: by those, eight milliseconds in which the profiler itself gets going would be counted as the Worker's.
 */
function busyMilliseconds({ nodes, samples, timeDeltas }: Profile): number {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, callFrame.functionName]))
  const durations = [...timeDeltas.slice(1), ...timeDeltas.slice(-1)]
  const ours = durations.filter((_, at) => !NOT_OURS.has(names.get(samples[at] ?? 0) ?? ''))
  return ours.reduce((sum, microseconds) => sum + microseconds, 0) / 1000
}
