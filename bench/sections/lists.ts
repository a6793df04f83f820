import pg from 'pg'
import { authenticateToEnrol } from '../../src/core/sessions/authenticate.ts'
import { drizzleOver } from '../../src/database/drizzle.ts'
import type { Database } from '../../src/database/index.ts'
import type { Sent } from '../../src/database/send.ts'
import { listEvents } from '../../src/features/admin/audit/service.ts'
import { findUsers, listUsers } from '../../src/features/admin/user-list/service.ts'
import { median } from '../support/figures.ts'
import { createDatabase, dropDatabase, type Server } from '../support/postgres.ts'
import { type Check, ratioCheck, table } from '../support/report.ts'
import { keyOf, seed, seedTrail, usernameOf } from '../support/seeding.ts'
import { type HotStatements, hotStatements } from './hot-statements.ts'

const FEW = 10_000
const EVENTS_PER_USER = 5
const ROUNDS = 9
const CALLS = 20
const LIMIT = 50
/** What nobody may read whole. */
const TABLES = ['users', 'sessions', 'credentials', 'user_roles', 'audit_events']
/** A last page may cost this much of a first one, and a million users of ten thousand. */
const MAX_RATIO = 1.5

/** Places in the lists, of which the rows are strewn over the whole tables. */
type Place = { users: number; url: string; name: string }
type Site = Place & { db: Database; sent: () => Sent; hot: HotStatements; client: pg.Client }
type Probe = (site: Site, turn: number) => Promise<unknown>

/** The first id that is old enough to be on the last page. */
const near = (end: number) => keyOf('user', end)
const page = (after?: string) => ({ after, limit: LIMIT })
const caller = { userId: keyOf('user', 1), sessionId: keyOf('session', 1) }
const spread = ({ users }: Place, turn: number) => 1 + ((turn * 7919) % users)
const since = ({ users }: Place, part: number) =>
  new Date(
    Number.parseInt(
      keyOf('user', Math.floor(users * part))
        .replace('-', '')
        .slice(0, 12),
      16,
    ),
  )

const PROBES: Record<string, Probe> = {
  'users, first page': (site) => listUsers(site, {}, page()),
  'users, last page': (site) => listUsers(site, {}, page(near(LIMIT + 1))),
  'users created in the middle': (site) =>
    listUsers(site, { createdFrom: since(site, 0.4), createdBefore: since(site, 0.5) }, page()),
  'disabled, first page': (site) => listUsers(site, { state: 'disabled' }, page()),
  'disabled, last page': (site) => listUsers(site, { state: 'disabled' }, page(near(5_001))),
  'a role, first page': (site) => listUsers(site, { role: 'editor' }, page()),
  'a role, last page': (site) => listUsers(site, { role: 'editor' }, page(near(1_001))),
  'search, first page': (site) => findUsers(site, { search: 'user' }, page()),
  'search, last page': (site) =>
    findUsers(site, { search: 'user' }, page(usernameOf(site.users - LIMIT))),
  'search for one': (site, turn) =>
    findUsers(site, { search: usernameOf(spread(site, turn)) }, page()),
  'search for nobody': (site) => findUsers(site, { search: 'nobody' }, page()),
  'audit, first page': (site) => listEvents(site, caller, { most: LIMIT, cursor: undefined }),
  'audit, last page': (site) => listEvents(site, caller, { most: LIMIT, cursor: near(20) }),
  'audit of one user': (site, turn) => {
    const subjectId = keyOf('user', spread(site, turn))
    return listEvents(site, caller, { most: LIMIT, cursor: undefined, subjectId })
  },
  'audit of failures': (site) =>
    listEvents(site, caller, { most: LIMIT, cursor: undefined, outcome: 'failure' }),
  me: (site, turn) => {
    // Every hundredth is disabled.
    const user = spread(site, turn) | 1
    const ref = { userId: keyOf('user', user), sessionId: keyOf('session', user) }
    return authenticateToEnrol(site as never, ref)
  },
  'log-in, account found': ({ hot }) => hot.call('count_log_in_by_username_key'),
  'log-in, session opened': ({ hot }) => hot.call('open_session'),
}

/** Which page is to cost what another does. */
const ALIKE = ['users', 'disabled', 'a role', 'search', 'audit']

/** Measures the lists of admins over few and over many users, alternately, and looks at every plan over the many. */
export async function compareLists(
  server: Server,
  many: number,
): Promise<{ text: string; checks: Check[] }> {
  const sites: Site[] = []
  for (const users of [FEW, many]) {
    const startedAt = performance.now()
    const name = `edge_auth_bench_lists_${users}`
    const url = await createDatabase(server, name)
    await seed(url, users)
    await seedTrail(url, users, EVENTS_PER_USER)
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    const events = (users * EVENTS_PER_USER).toLocaleString('en-US')
    process.stderr.write(
      `${users.toLocaleString('en-US')} users and ${events} events in ${seconds} s\n`,
    )
    sites.push({ users, name, url, ...(await connect(url)), hot: hotStatements(url, users) })
  }
  const figures = new Map<string, number[][]>()
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, probe] of Object.entries(PROBES)) {
      for (const [size, site] of sites.entries()) {
        for (let call = 0; call < CALLS; call++) {
          const startedAt = performance.now()
          await probe(site, round * CALLS + call)
          const bySize = figures.get(name) ?? sites.map((): number[] => [])
          figures.set(name, bySize)
          // The first round warms the pages and the plans up.
          if (round > 0) bySize[size]?.push(performance.now() - startedAt)
        }
      }
    }
  }
  const times = new Map([...figures].map(([name, sizes]) => [name, sizes.map(median)]))
  const scans = await wholeScans(sites.at(-1))
  for (const { client, hot } of sites) await Promise.all([client.end(), hot.close()])
  if (process.env.BENCH_DATABASE_URL) {
    for (const { name } of sites) await dropDatabase(server, name)
  }
  const at = (name: string, size: number) => times.get(name)?.[size] ?? Number.NaN
  const rows = [...times.keys()].map((name) => [
    name,
    ...[at(name, 0), at(name, 1)].map((value) => value.toFixed(3)),
    (at(name, 1) / at(name, 0)).toFixed(2),
  ])
  const head = [
    'milliseconds, median',
    ...[FEW, many].map((users) => users.toLocaleString('en-US')),
    'ratio',
  ]
  return {
    text: table(head, rows),
    checks: [
      ...ALIKE.map((list) =>
        ratioCheck(
          `${list}: last ÷ first page`,
          at(`${list}, last page`, 1) / at(`${list}, first page`, 1),
          {
            atMost: MAX_RATIO,
          },
        ),
      ),
      ...['me', 'log-in, account found', 'log-in, session opened'].map((name) =>
        ratioCheck(`${name}: many ÷ few users`, at(name, 1) / at(name, 0), { atMost: MAX_RATIO }),
      ),
      {
        what: 'tables that a list reads whole',
        found: scans.join(', ') || 'none',
        budget: 'none',
        ok: scans.length === 0,
      },
    ],
  }
}

/** Connects as the service does, but remembers what was sent last. */
async function connect(url: string) {
  const client = new pg.Client(url)
  await client.connect()
  let last: Sent | undefined
  const { db } = drizzleOver((statement) => {
    last = statement
    const { text, params: values, name } = statement as Sent & { name?: string }
    return client.query<unknown[]>({ text, values, rowMode: 'array', ...(name && { name }) })
  })
  const sent = () => {
    if (!last) throw new Error('nothing was sent')
    return last
  }
  return { client, db, sent }
}

type Plan = { 'Node Type': string; 'Relation Name'?: string; Plans?: Plan[] }

/** Returns which tables the lists would read whole, by their plans with values and without. */
async function wholeScans(site: Site | undefined): Promise<string[]> {
  const found = new Set<string>()
  for (const [name, probe] of Object.entries(PROBES)) {
    if (!site || name.startsWith('log-in')) continue
    await probe(site, 1)
    const { text, params } = site.sent()
    for (const mode of ['force_custom_plan', 'force_generic_plan']) {
      await site.client.query(`set plan_cache_mode = ${mode}`)
      await site.client.query(`prepare explained as ${text}`)
      const values = params.map((value) =>
        value === null ? 'null' : pg.escapeLiteral(String(value)),
      )
      const { rows } = await site.client.query(
        `explain (format json) execute explained(${values.join(', ')})`,
      )
      await site.client.query('deallocate explained')
      for (const table of rows.flatMap((row) => wholeOf(row['QUERY PLAN'][0].Plan))) {
        found.add(`${table} (${name})`)
      }
    }
    await site.client.query('reset plan_cache_mode')
  }
  return [...found]
}

function wholeOf(plan: Plan): string[] {
  const { 'Node Type': type, 'Relation Name': table = '', Plans = [] } = plan
  const own = type === 'Seq Scan' && TABLES.includes(table) ? [table] : []
  return [...own, ...Plans.flatMap(wholeOf)]
}
