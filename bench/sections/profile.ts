import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Generator } from '../load/control.ts'
import type { Scenario } from '../load/scenarios.ts'
import { table } from '../support/report.ts'
import { startTarget } from '../support/targets.ts'

const CONNECTIONS = 64
const WINDOW_MS = 6000
const SHOWN = 40

type Frame = { functionName: string; url: string; lineNumber: number }
type Profile = {
  nodes: { id: number; callFrame: Frame }[]
  startTime: number
  endTime: number
  samples: number[]
  timeDeltas: number[]
}

/** Reports where the service's own thread spends its time under `me` and `refresh`. */
export async function profileService(generator: Generator, databaseUrl: string): Promise<string> {
  const parts: string[] = []
  for (const scenario of ['me', 'refresh'] as const) {
    parts.push(`## ${scenario}, ${CONNECTIONS} connections\n`)
    parts.push(await profileOne(generator, databaseUrl, scenario))
  }
  return parts.join('\n')
}

async function profileOne(generator: Generator, url: string, scenario: Scenario): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'edge-auth-profile-'))
  try {
    const service = await startTarget('service', url, ['--cpu-prof', `--cpu-prof-dir=${folder}`])
    const job = { port: service.port, scenario, connections: CONNECTIONS }
    const { perSecond } = await generator.run({ ...job, warmUpMs: 500, windowMs: WINDOW_MS })
    await service.stop()
    const [file = ''] = readdirSync(folder)
    const profile: Profile = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    return `${Math.round(perSecond)} requests a second under the profiler\n\n${selfTimes(profile)}`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Leaves out the start. Only samples of the last seconds count, while the load ran. */
function selfTimes({ nodes, startTime, endTime, samples, timeDeltas }: Profile): string {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const times = new Map<string, number>()
  let clock = startTime
  for (const [at, id] of samples.entries()) {
    clock += timeDeltas[at] ?? 0
    if (clock < endTime - WINDOW_MS * 1000) continue
    const name = frames.get(id) ?? '?'
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[at] ?? 0))
  }
  times.delete('(idle)')
  const busy = [...times.values()].reduce((sum, time) => sum + time, 0)
  const share = (time: number) => `${((100 * time) / busy).toFixed(1)} %`
  const rows = [...times].toSorted(([, one], [, other]) => other - one).slice(0, SHOWN)
  return table(
    ['function', 'self, of busy time'],
    rows.map(([name, time]) => [name, share(time)]),
  )
}

function nameOf({ functionName, url, lineNumber }: Frame): string {
  const place = url.replace(/^.*\/node_modules\//, '').replace(/^file:.*\/(src|bench)\//, '$1/')
  return `${functionName || '(anonymous)'} ${place === '' ? '' : `${place}:${lineNumber + 1}`}`.trim()
}
