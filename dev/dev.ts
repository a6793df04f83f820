import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { onStopSignal } from '../src/adapters/stop-signals-node.ts'
import { EMBEDDED } from '../src/config/database.ts'
import { withLocalPasskeys } from '../src/config/factors.ts'
import { variables as known } from '../src/config/index.ts'
import { variables as nodesOwn } from '../src/config/server.ts'
import { finishMigrating, migrate } from '../src/database/migrate.ts'
import { connectNeon } from '../src/database/neon.ts'
import { skipProxyForLoopback } from '../tools/no-proxy.ts'
import { type LocalDatabase, startDatabase } from './database.ts'
import { withLifetimes } from './lifetimes.ts'
import { describeOrigins, withLocalOrigins } from './local-origins.ts'
import { withMails } from './mails.ts'
import { requirePort } from './ports.ts'
import { ensureSecrets, publishedKeys } from './secrets.ts'
import { startWranglerPatiently, type Wrangler } from './wrangler.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const SECRETS = '.dev.vars'
const READY_WITHIN_MS = 60_000
// The Worker's log may arrive after its answer.
const LOG_DELAY_MS = 500

const started = performance.now()

/** The parts that are running, so that a stop ends only these. */
const running: { database?: LocalDatabase; wrangler?: Wrangler } = {}

function options() {
  const { values, tokens } = parseArgs({
    options: { port: { type: 'string', default: '8787' }, postgres: { type: 'string' } },
    strict: false,
    tokens: true,
  })
  // All other options go to Wrangler, in their order.
  const mine = new Set<number>()
  for (const token of tokens) {
    if (token.kind !== 'option' || !['port', 'postgres'].includes(token.name)) continue
    mine.add(token.index)
    if (token.value !== undefined && !token.inlineValue) mine.add(token.index + 1)
  }
  const extra = process.argv.slice(2).filter((_, at) => !mine.has(at))
  return { port: Number(values.port), postgres: values.postgres, extra }
}

function serverUrl(given: unknown, variables: Record<string, string>): string | undefined {
  const url = given ?? variables.DATABASE_URL
  if (typeof url !== 'string' || url === '' || url === EMBEDDED) return undefined
  if (/^postgres(ql)?:\/\//.test(url)) return url
  throw new Error('DATABASE_URL (or --postgres) must be a postgres:// connection string')
}

/**
 * Returns the variables of this run alone, as in `CORS_ORIGINS=… npm run dev`, which override the file. HOST and PORT
 * are left out. The Worker does not use them, and many shells set them for something else.
 */
function fromEnvironment(): Record<string, string> {
  const names = Object.keys(known).filter((name) => !(name in nodesOwn))
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** An embedded database belongs to this version alone. On a server a 0.1.0 may still run. */
async function migrated(
  { opened, variables }: LocalDatabase,
  { schema, isEmbedded }: { schema: string | undefined; isEmbedded: boolean },
): Promise<void> {
  await opened
  const endpoint = variables.NEON_HTTP_ENDPOINT
  const { executor } = connectNeon(variables.DATABASE_URL, { endpoint, schema })
  await migrate(executor)
  if (isEmbedded) await finishMigrating(executor)
}

async function untilReady(port: number, wrangler: Wrangler): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS
  let last = 'no answer'
  while (performance.now() < deadline) {
    const answer = await fetch(`http://localhost:${port}/health/ready`).catch(() => undefined)
    if (answer?.ok) return
    if (answer) last = `${answer.status} ${await answer.text()}`
    // A 503 is temporary. Anything else is a mistake, which the Worker's log explains.
    if (answer && answer.status !== 503) break
    await sleep(100)
  }
  await sleep(LOG_DELAY_MS)
  throw new Error(`${wrangler.held()}\n\nThe Worker runs but is not ready: ${last}`)
}

type Announcement = {
  port: number
  place: string
  made: string[]
  callers: string
  pages: boolean
  docs: boolean
  mailbox: boolean
}

function announce({ port, place, made, callers, pages, docs, mailbox }: Announcement): void {
  const base = `http://localhost:${port}`
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const lines = [
    ['API', base],
    ...(pages ? [['Pages', `${base}/login`]] : []),
    ...(docs
      ? [
          ['Documentation', `${base}/docs`],
          ['OpenAPI', `${base}/openapi.json`],
        ]
      : []),
    ...(mailbox ? [['Mails', `${base}/dev/mail`]] : []),
    ['CORS', callers],
    ['Data', place],
    ['Secrets', made.length > 0 ? `${SECRETS} (made just now: ${made.join(', ')})` : SECRETS],
  ]
  console.log(`\nEdge Auth is ready, after ${seconds} s\n`)
  for (const [name = '', value] of lines) console.log(`  ${name.padEnd(14)} ${value}`)
  console.log('\nCtrl-C stops everything; the data stays.\n')
}

const DOUBT = /"event":"config_doubtful","warning":("(?:[^"\\]|\\.)*")/g

/** Shows what the Worker said of its configuration while its output was held back. */
function tellDoubts(held: string): void {
  for (const [, warning = '""'] of held.matchAll(DOUBT))
    console.log(`Warning: ${JSON.parse(warning)}.`)
}

/** Stops the Worker first and then its database, so that nothing is lost. */
async function stop(): Promise<void> {
  await running.wrangler?.stop()
  await running.database?.close()
}

async function main(): Promise<void> {
  const { port, postgres, extra } = options()
  await requirePort(port)
  process.chdir(root)
  const { variables: kept, made } = ensureSecrets(SECRETS, publishedKeys)
  const given = withLocalPasskeys(withLifetimes({ ...kept, ...fromEnvironment() }))
  const variables = withMails(given, port, extra)
  const server = serverUrl(postgres, variables)

  const folder = variables.DATA_FOLDER || '.data/postgres'
  const lost = Promise.withResolvers<never>()
  lost.promise.catch(() => undefined)
  const database = await startDatabase({ folder, server, onLost: lost.reject })
  running.database = database
  const starting = startWranglerPatiently(
    {
      ...{ root, port, extra },
      variables: withLocalOrigins({ ...variables, ...database.variables }),
    },
    (wrangler) => {
      running.wrangler = wrangler
    },
  )
  const place = { schema: variables.DATABASE_SCHEMA || undefined, isEmbedded: server === undefined }
  const [wrangler] = await Promise.all([starting, migrated(database, place)])
  const ended = wrangler.ended.then((reason) => Promise.reject(new Error(reason)))
  const failure = Promise.race([ended, lost.promise])
  failure.catch(() => undefined)
  await Promise.race([untilReady(port, wrangler), failure])
  const pages = variables.HOSTED_PAGES?.trim() !== 'false'
  const docs = variables.DOCS?.trim() !== 'off'
  const mailbox = variables.MAIL_PROVIDER?.trim() === 'mailbox'
  announce({
    port,
    place: database.place,
    made,
    callers: describeOrigins(variables),
    pages,
    docs,
    mailbox,
  })
  tellDoubts(wrangler.held())
  wrangler.show()
  await failure
}

async function end(code: number): Promise<never> {
  await stop().catch((error: Error) => console.error(error.message))
  process.exit(code)
}

// Output fails once the terminal is closed.
process.stdout.on('error', () => undefined)
process.stderr.on('error', () => undefined)

skipProxyForLoopback(process.env)

let stopping = false
onStopSignal(() => {
  stopping = true
  void end(0)
})

await main().catch((error: Error) => {
  if (stopping) return
  console.error(error.message)
  return end(1)
})
