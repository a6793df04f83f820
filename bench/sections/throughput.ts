import type { Generator } from '../load/control.ts'
import type { Job, Result } from '../load/drive.ts'
import type { Scenario } from '../load/scenarios.ts'
import { median, shown } from '../support/figures.ts'
import { type Fleet, type FleetMemory, NAMES, startFleet, stopFleet } from '../support/fleet.ts'
import { type Check, ratioCheck, table } from '../support/report.ts'
import { processorTimeOf, type Target, type TargetName } from '../support/targets.ts'

const WARM_UP_MS = 250
/** The hashing speed of a process may differ by two percent from another's, for as long as it runs. */
const ROUNDS_A_START = 4

type Course = {
  scenario: Scenario
  connections: number
  loginsBeside?: number
  against: TargetName
  atLeast: number
}

const against = 'floor'
const COURSES: Course[] = [
  { scenario: 'me', connections: 64, against, atLeast: 0.7 },
  { scenario: 'me', connections: 1, against, atLeast: 0.75 },
  { scenario: 'refresh', connections: 64, against, atLeast: 0.7 },
  { scenario: 'refresh', connections: 1, against, atLeast: 0.75 },
  { scenario: 'login', connections: 64, against, atLeast: 0.93 },
  { scenario: 'login', connections: 1, against, atLeast: 0.93 },
  { scenario: 'signup', connections: 64, against, atLeast: 0.93 },
  { scenario: 'signup', connections: 1, against, atLeast: 0.93 },
  { scenario: 'me', connections: 1, loginsBeside: 16, against: 'hono', atLeast: 0.7 },
  { scenario: 'me', connections: 16, loginsBeside: 16, against: 'hono', atLeast: 0.7 },
]

const MAX_P99_RATIO = 2

export type Sample = Result & { cpuMicroseconds: number }
type Measured = Record<TargetName, Sample[]>
export type Pace = { rounds: number; windowMs: number; settleMs: number }

/**
 * Drives every scenario against the three servers alternately, in rounds, so that other load on the machine hits all
 * alike. Restarts the servers every few rounds. Also returns their memory at the end of each run.
 */
export async function measureThroughput(
  generator: Generator,
  databaseUrl: string,
  { rounds, windowMs, settleMs }: Pace,
): Promise<{ text: string; checks: Check[]; memory: FleetMemory[] }> {
  const measured = COURSES.map((): Measured => ({ floor: [], hono: [], service: [] }))
  const memory: FleetMemory[] = []
  let fleet = await startFleet(generator, databaseUrl, settleMs)
  for (let round = 0; round < rounds; round++) {
    if (round > 0 && round % ROUNDS_A_START === 0) {
      memory.push(await stopFleet(fleet))
      fleet = await startFleet(generator, databaseUrl, settleMs)
    }
    await driveAll(generator, fleet, { round, windowMs }, measured)
    process.stderr.write(`round ${round + 1} of ${rounds} done\n`)
  }
  memory.push(await stopFleet(fleet))
  return { ...summary(measured), memory }
}

async function driveAll(
  generator: Generator,
  fleet: Fleet,
  { round, windowMs }: { round: number; windowMs: number },
  measured: Measured[],
): Promise<void> {
  for (const [at, { scenario, connections, loginsBeside = 0 }] of COURSES.entries()) {
    for (const name of inTurn(round)) {
      const isHashing = scenario === 'login' || scenario === 'signup'
      const window = { warmUpMs: WARM_UP_MS, windowMs: isHashing ? 2 * windowMs : windowMs }
      const job = { scenario, connections, loginsBeside, ...window }
      measured[at]?.[name].push(await sample(generator, fleet[name], job))
    }
  }
}

/** Changes the order, because the database may still be busy with the writes of the server before. */
function inTurn(round: number): TargetName[] {
  const first = round % NAMES.length
  return [...NAMES.slice(first), ...NAMES.slice(0, first)]
}

/** Adds the processor time. It stays the same on a busy machine, and requests a second do not. */
export async function sample(
  generator: Generator,
  { port, pid }: Pick<Target, 'port' | 'pid'>,
  job: Omit<Job, 'port'>,
): Promise<Sample> {
  const before = processorTimeOf(pid) ?? Number.NaN
  const result = await generator.run({ port, ...job })
  const taken = (processorTimeOf(pid) ?? Number.NaN) - before
  return { ...result, cpuMicroseconds: (1000 * taken) / result.answered }
}

function summary(measured: Measured[]): { text: string; checks: Check[] } {
  const rates: string[][] = []
  const latencies: string[][] = []
  const costs: string[][] = []
  const checks: Check[] = []
  for (const [at, course] of COURSES.entries()) {
    const of = measured[at]
    if (!of) continue
    const title = titleOf(course)
    const middle = (name: TargetName, key: keyof Sample) => median(of[name].map((one) => one[key]))
    const ratio = (key: keyof Sample) => middle('service', key) / middle(course.against, key)
    const perRound = of.service.map(
      (one, round) => one.perSecond / (of[course.against][round]?.perSecond ?? Number.NaN),
    )
    rates.push([
      title,
      ...NAMES.map((name) => shown(middle(name, 'perSecond'))),
      ratio('perSecond').toFixed(2),
      `${Math.min(...perRound).toFixed(2)}–${Math.max(...perRound).toFixed(2)}`,
    ])
    const both = (name: TargetName) =>
      `${shown(middle(name, 'p50'))} / ${shown(middle(name, 'p99'))}`
    latencies.push([title, ...NAMES.map(both), ratio('p99').toFixed(2)])
    if (!course.loginsBeside) {
      const cost = NAMES.map((name) => shown(middle(name, 'cpuMicroseconds')))
      costs.push([title, ...cost, ratio('cpuMicroseconds').toFixed(2)])
    }
    const named = `${title} ÷ ${course.against}`
    checks.push(ratioCheck(named, ratio('perSecond'), { atLeast: course.atLeast }))
    if (course.against === 'floor') {
      checks.push(ratioCheck(`${named}, p99`, ratio('p99'), { atMost: MAX_P99_RATIO }))
    }
  }
  const columns = ['floor', 'Hono floor', 'service']
  const text = [
    'Requests a second, medians; the ratio is to the floor, beside log-ins to the Hono floor.\n',
    table(['', ...columns, 'ratio', 'by round'], rates),
    '\nMilliseconds, p50 / p99.\n',
    table(['', ...columns, 'p99 ratio'], latencies),
    '\nProcessor time of the server for a request, microseconds.\n',
    table(['', ...columns, 'ratio'], costs),
  ].join('\n')
  return { text, checks }
}

function titleOf({ scenario, connections, loginsBeside }: Course): string {
  return `${scenario}, ${connections} conn.${loginsBeside ? `, ${loginsBeside} log in` : ''}`
}
