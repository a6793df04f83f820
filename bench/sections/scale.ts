import postgres from 'postgres'
import { startGenerator } from '../load/control.ts'
import type { Scenario } from '../load/scenarios.ts'
import { median, shown } from '../support/figures.ts'
import { createDatabase, dropDatabase, type Server } from '../support/postgres.ts'
import { type Check, ratioCheck, table } from '../support/report.ts'
import { seed } from '../support/seeding.ts'
import { startTarget } from '../support/targets.ts'
import { type HotStatements, hotStatements, STATEMENTS } from './hot-statements.ts'

const SIZES = [10_000, 1_000_000]
const ROUNDS = 5
const CALLS = 800
const WARM_UP_CALLS = 100
const MAX_RATIO = 1.2
const COURSES: [Scenario, number][] = [
  ['me', 16],
  ['refresh', 16],
  ['login', 2],
]
const WINDOW_MS = 2000

type Place = { users: number; name: string; url: string }
/** For each line of the table, the figures of each size. */
type Figures = Map<string, number[][]>

/** The hot statements and requests over few users and over many, in turn, on keys strewn over the whole table. */
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
  const lines = [...rowsOf(statements), ...inServer, ...rowsOf(requests)]
  const head = ['median ms', ...SIZES.map((users) => users.toLocaleString('en-US')), 'ratio']
  const rows = lines.map(([name, small, large]) => [
    name,
    ...[small, large].map((value) => value.toFixed(3)),
    shown(large / small),
  ])
  const checks = lines
    .filter(([name]) => !name.includes('server'))
    .map(([name, small, large]) => ratioCheck(name, large / small, { atMost: MAX_RATIO }))
  return { text: table(head, rows), checks }
}

type Line = [name: string, small: number, large: number]

function rowsOf(figures: Figures): Line[] {
  return [...figures].map(([name, [small = [], large = []]]) => [
    name,
    median(small),
    median(large),
  ])
}

function note(figures: Figures, name: string, size: number, value: number): void {
  const bySize = figures.get(name) ?? SIZES.map((): number[] => [])
  figures.set(name, bySize)
  bySize[size]?.push(value)
}

/** One call at a time on the service's own connection, and what the server itself says it took. */
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
    means.push(await meanTimes(url))
  }
  const [few = new Map<string, number>(), many = new Map<string, number>()] = means
  return [...few].map(([name, mean]) => [
    `${name}, mean in the server`,
    mean,
    many.get(name) ?? Number.NaN,
  ])
}

async function measureRequests(places: Place[], figures: Figures): Promise<void> {
  const generator = startGenerator()
  const targets = await Promise.all(places.map(({ url }) => startTarget('service', url)))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [scenario, connections] of COURSES) {
      for (const [size, { port }] of targets.entries()) {
        const job = { port, scenario, connections, users: places[size]?.users ?? 0 }
        const { p50 } = await generator.run({ ...job, warmUpMs: 300, windowMs: WINDOW_MS })
        note(figures, `request ${scenario}, ${connections} conn.`, size, p50)
      }
    }
  }
  for (const target of targets) await target.stop()
  generator.stop()
}

/** Lets the server keep count for this database, where it was started with the means to. */
async function trackStatements(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  await sql
    .unsafe('create extension if not exists pg_stat_statements')
    .then(() =>
      sql.unsafe(`alter database "${sql.options.database}" set pg_stat_statements.track = 'top'`),
    )
    .catch(() => {})
  await sql.end()
}

async function meanTimes(url: string): Promise<Map<string, number>> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const rows = await sql<{ query: string; mean: number }[]>`
    select query, mean_exec_time as mean from pg_stat_statements s
    join pg_database d on d.oid = s.dbid and d.datname = current_database()
    where calls > ${CALLS}`.catch(() => [])
  await sql.end()
  const named = rows.flatMap(({ query, mean }): [string, number][] => {
    if (/^select .*"password_hash"/s.test(query)) return [['select_account', mean]]
    if (/^select .* from "sessions"/s.test(query)) return [['select_actor', mean]]
    if (/^update "sessions"/.test(query)) return [['compare_and_set', mean]]
    return /insert into "sessions"/.test(query) ? [['insert_session', mean]] : []
  })
  return new Map(named.toSorted(([one], [other]) => one.localeCompare(other)))
}
