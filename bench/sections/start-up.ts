import { median, shown } from '../support/figures.ts'
import { type FleetMemory, NAMES } from '../support/fleet.ts'
import { type Check, ratioCheck, table } from '../support/report.ts'
import { type Memory, startTarget, type TargetName } from '../support/targets.ts'

const MAX_COLD_START_RATIO = 1.8
const MAX_MEMORY_MIB = 260

/** Measures from the start of the process to its first 200 of `/health`, several times for each server alternately. */
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

/**
 * Reports the memory of the three servers: resident after the load, and the peak. Both are the maximum of all their
 * runs.
 */
export function summarizeMemory(lives: FleetMemory[]): { text: string; checks: Check[] } {
  const most = (name: TargetName, key: keyof Memory) =>
    Math.max(...lives.map((life) => life[name]?.[key] ?? Number.NaN))
  const peak = most('service', 'peak')
  if (Number.isNaN(peak)) return { text: 'This system does not tell the memory.', checks: [] }
  const cells = NAMES.map((name) => `${shown(most(name, 'now'))} / ${shown(most(name, 'peak'))}`)
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
