import { median, shown } from '../support/figures.ts'
import { type Check, ratioCheck, table } from '../support/report.ts'
import { memoryOf, startTarget, type Target, type TargetName } from '../support/targets.ts'
import { NAMES } from './throughput.ts'

const MAX_COLD_START_RATIO = 1.6
const MAX_MEMORY_MIB = 250

/** From the start of the process to its first 200 of `/health`, again and again in turn. */
export async function measureColdStart(
  databaseUrl: string,
  rounds: number,
): Promise<{ text: string; checks: Check[] }> {
  const times: Record<TargetName, number[]> = { floor: [], hono: [], service: [] }
  for (let round = 0; round < rounds; round++) {
    for (const name of NAMES) {
      const target = await startTarget(name, databaseUrl)
      times[name].push(target.coldStartMs)
      await target.stop()
    }
  }
  const ratio = median(times.service) / median(times.floor)
  const row = [
    'cold start',
    ...NAMES.map((name) => shown(median(times[name]), 'ms')),
    ratio.toFixed(2),
  ]
  return {
    text: table(['', 'floor', 'Hono floor', 'service', 'ratio'], [row]),
    checks: [ratioCheck('cold start ÷ floor', ratio, { atMost: MAX_COLD_START_RATIO })],
  }
}

/** Memory of the three servers after all the load: resident now, and at its highest. */
export function measureMemory(targets: Record<TargetName, Target>): {
  text: string
  checks: Check[]
} {
  const memory = NAMES.map((name) => memoryOf(targets[name].pid))
  const peak = memory[NAMES.indexOf('service')]?.peak
  if (peak === undefined) return { text: 'This system does not tell the memory.', checks: [] }
  const cells = memory.map((one) => `${shown(one?.now ?? 0)} / ${shown(one?.peak ?? 0)}`)
  return {
    text: table(['', 'floor', 'Hono floor', 'service'], [['MiB after load / at most', ...cells]]),
    checks: [
      {
        what: 'memory of the service under load',
        found: shown(peak, 'MiB'),
        budget: `≤ ${MAX_MEMORY_MIB} MiB`,
        ok: peak <= MAX_MEMORY_MIB,
      },
    ],
  }
}
