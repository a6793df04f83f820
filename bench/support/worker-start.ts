import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runWrangler, temporaryFolder } from './workerd.ts'

type Profile = {
  nodes: { id: number; callFrame: { functionName: string } }[]
  samples: number[]
  timeDeltas: number[]
}

/** Frames in which the Worker does not run: idle time, and workerd's own work. */
const NOT_OURS = new Set(['(root)', '(idle)', '(program)'])

/**
 * Measures several starts of the Worker. Returns for each the milliseconds of the Worker and its garbage collector
 * before the first request.
 */
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
 * Each sample counts until the next one, and the last as long as the one before. A delta is the time before its sample.
 * To use it directly would count eight milliseconds of the profiler's own start as the Worker's.
 */
function busyMilliseconds({ nodes, samples, timeDeltas }: Profile): number {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, callFrame.functionName]))
  const durations = [...timeDeltas.slice(1), ...timeDeltas.slice(-1)]
  const ours = durations.filter((_, at) => !NOT_OURS.has(names.get(samples[at] ?? 0) ?? ''))
  return ours.reduce((sum, microseconds) => sum + microseconds, 0) / 1000
}
