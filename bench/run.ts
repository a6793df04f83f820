// `npm run bench`. Options: `-- --quick` in under two minutes, `-- --scale` for a million users, `-- --lists` for the
// lists of admins over them, `-- --faults`, `-- --profile`. See README.md.

import { parseArgs } from 'node:util'
import { skipProxyForLoopback } from '../tools/no-proxy.ts'
import { startGenerator } from './load/control.ts'
import { BENCH_USERS } from './load/scenarios.ts'
import { measureArgon2 } from './sections/argon2.ts'
import { measureFaults } from './sections/faults.ts'
import { compareLists } from './sections/lists.ts'
import { profileService } from './sections/profile.ts'
import { countRoundTrips } from './sections/round-trips.ts'
import { compareScales } from './sections/scale.ts'
import { measureColdStart, summarizeMemory } from './sections/start-up.ts'
import { measureThroughput, type Pace } from './sections/throughput.ts'
import { measureWorker } from './sections/worker.ts'
import { createDatabase, describeServer, dropDatabase, startPostgres } from './support/postgres.ts'
import { type Check, checkTable, record } from './support/report.ts'
import { seed } from './support/seeding.ts'

const DATABASE = 'edge_auth_bench'
const FULL: Pace = { rounds: 12, windowMs: 500, settleMs: 3000 }
const QUICK: Pace = { rounds: 2, windowMs: 400, settleMs: 700 }
const COLD_STARTS = 9

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    scale: { type: 'boolean', default: false },
    lists: { type: 'boolean', default: false },
    users: { type: 'string', default: '1000000' },
    profile: { type: 'boolean', default: false },
    faults: { type: 'boolean', default: false },
    fsync: { type: 'string', default: 'on' },
  },
})

type Section = { text: string; checks: Check[] }

function report(title: string, settings: string, { text, checks }: Section): void {
  const whole = checks.length > 0 ? `${text}\n\n${checkTable(checks)}` : text
  console.log(`\n## ${title}\n\n${whole}`)
  if (!options.quick) record(title, settings, whole)
}

async function main(): Promise<void> {
  if (options.faults) {
    report('Faults', '', await measureFaults())
    return
  }
  const server = await startPostgres({
    fsync: options.fsync !== 'off',
    // The setting of a server for a million users. Postgres' default is for the smallest machine.
    ...((options.scale || options.lists) && { sharedBuffers: '1GB' }),
  })
  const settings = await describeServer(server)
  console.log(settings)
  if (options.scale) {
    report('Scale', settings, await compareScales(server))
    return server.stop()
  }
  if (options.lists) {
    report('Lists', settings, await compareLists(server, Number(options.users)))
    return server.stop()
  }
  const url = await createDatabase(server, DATABASE)
  await seed(url, BENCH_USERS)
  const generator = startGenerator()
  if (options.profile) {
    console.log(await profileService(generator, url))
  } else {
    const pace = options.quick ? QUICK : FULL
    const { memory, ...throughput } = await measureThroughput(generator, url, pace)
    report('Node', settings, throughput)
    report('Memory', settings, summarizeMemory(memory))
    report('Cold start', settings, await measureColdStart(url, COLD_STARTS))
    report('On the wire', settings, await countRoundTrips(generator, url))
    report('The Worker in workerd', settings, await measureWorker(generator, url, pace))
    if (!options.quick) report('Argon2id', settings, { text: await measureArgon2(), checks: [] })
  }
  generator.stop()
  if (process.env.BENCH_DATABASE_URL) await dropDatabase(server, DATABASE)
  await server.stop()
}

skipProxyForLoopback(process.env)
await main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(error)
    process.exit(1)
  },
)
