import { startGenerator } from '../load/control.ts'
import type { Scenario } from '../load/scenarios.ts'
import { median } from '../support/figures.ts'
import { openTokenIssuer } from '../support/mint.ts'
import { createDatabase, dropDatabase, type Server } from '../support/postgres.ts'
import { type Check, ratioCheck, table } from '../support/report.ts'
import { seed } from '../support/seeding.ts'
import { meanTimes, trackStatements } from '../support/statement-times.ts'
import { startTarget } from '../support/targets.ts'
import { type HotStatements, hotStatements, STATEMENTS, spreadUser } from './hot-statements.ts'

const SIZES = [10_000, 1_000_000]
const ROUNDS = 5
const CALLS = 800
const WARM_UP_CALLS = 100
const MAX_RATIO = 1.2
/** Scenario, connections, and requests a round. These are few enough to refresh no session of 10,000 users twice. */
const COURSES: [Scenario, number, number][] = [
  ['me', 16, 4000],
  ['refresh', 16, 800],
  ['login', 2, 60],
]
const WINDOW_MS = 10_000

type Place = { users: number; name: string; url: string }
/** The figures of each size, by line of the table. */
type Figures = Map<string, number[][]>
type Line = [name: string, small: number, large: number]

/**
 * Measures the hot statements and requests over few and over many users, alternately. The keys are spread over the
 * whole table.
 */
export async function compareScales(server: Server): Promise<{ text: string; checks: Check[] }> {
  const places: Place[] = []
  for (const users of SIZES) {
    const startedAt = performance.now()
    const name = `edge_auth_bench_${users}`
    const url = await createDatabase(server, name)
    await seed(url, users)
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    process.stderr.write(`${users.toLocaleString('en-US')} users seeded in ${seconds} s\n`)
    places.push({ users, name, url })
  }
  const statements: Figures = new Map()
  const requests: Figures = new Map()
  const inServer = await measureStatements(places, statements)
  await measureRequests(places, requests)
  if (process.env.BENCH_DATABASE_URL) {
    for (const { name } of places) await dropDatabase(server, name)
  }
  const judged = linesOf(requests)
  const rows = [...inServer, ...linesOf(statements), ...judged].map(([name, small, large]) => [
    name,
    ...[small, large].map((value) => value.toFixed(3)),
    (large / small).toFixed(2),
  ])
  const head = ['milliseconds', ...SIZES.map((users) => users.toLocaleString('en-US')), 'ratio']
  const checks = judged.map(([name, small, large]) =>
    ratioCheck(`${name}, 1,000,000 ÷ 10,000`, large / small, { atMost: MAX_RATIO }),
  )
  return { text: table(head, rows), checks }
}

function linesOf(figures: Figures): Line[] {
  return [...figures].map(([name, [small = [], large = []]]) => [
    `${name}, median`,
    median(small),
    median(large),
  ])
}

function note(figures: Figures, name: string, size: number, value: number): void {
  const bySize = figures.get(name) ?? SIZES.map((): number[] => [])
  figures.set(name, bySize)
  bySize[size]?.push(value)
}

/** Measures one call at a time on the service's own connection, and adds the server's own times. */
async function measureStatements(places: Place[], figures: Figures): Promise<Line[]> {
  const sites: { hot: HotStatements; url: string }[] = []
  for (const { url, users } of places) {
    await trackStatements(url)
    sites.push({ hot: hotStatements(url, users), url })
  }
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of STATEMENTS) {
      for (const [size, { hot }] of sites.entries()) {
        for (let call = 0; call < (round === 0 ? WARM_UP_CALLS : CALLS); call++) {
          const startedAt = performance.now()
          await hot.call(name)
          if (round > 0) note(figures, `statement ${name}`, size, performance.now() - startedAt)
        }
      }
    }
  }
  const means: Map<string, number>[] = []
  for (const { hot, url } of sites) {
    await hot.close()
    means.push(await meanTimes(url, CALLS))
  }
  return STATEMENTS.filter((name) => means[0]?.has(name)).map((name) => {
    const [small = Number.NaN, large = Number.NaN] = means.map((mean) => mean.get(name))
    return [`${name} in the server, mean`, small, large]
  })
}

async function measureRequests(places: Place[], figures: Figures): Promise<void> {
  const generator = startGenerator()
  const sites = await Promise.all(
    places.map(async ({ url, users }) => {
      const target = await startTarget('service', url)
      return { users, target, mint: await openTokenIssuer(url) }
    }),
  )
  for (let round = 0; round < ROUNDS; round++) {
    for (const [scenario, connections, requests] of COURSES) {
      for (const [size, { users, target, mint }] of sites.entries()) {
        const load = { port: target.port, scenario, connections, users, requests }
        const job = { ...load, warmUpMs: 0, windowMs: WINDOW_MS }
        // Counts from the other end than the statements did. The sessions at their end are no longer at generation 0.
        const numbers = Array.from({ length: requests }, (_, at) =>
          spreadUser(users - 1 - ((round * requests + at) % users), users),
        )
        const pairs = scenario === 'login' ? [] : await mint(numbers)
        const tokens = pairs.map((pair) =>
          scenario === 'me' || !('refreshToken' in pair) ? pair.accessToken : pair.refreshToken,
        )
        const { p50 } = await generator.run(scenario === 'login' ? job : { ...job, tokens })
        note(figures, `request ${scenario}, ${connections} conn.`, size, p50)
      }
    }
  }
  for (const { target } of sites) await target.stop()
  generator.stop()
}
