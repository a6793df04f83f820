import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHttpServer } from './adapters/http-server-node.ts'
import { createLogger } from './adapters/logger.ts'
import type { NodeMetrics } from './adapters/metrics-node.ts'
import { serveMetrics } from './adapters/metrics-server-node.ts'
import { nodeDeps } from './adapters/node-deps.ts'
import { createOutput } from './adapters/output-node.ts'
import { prepareDatabase } from './adapters/prepare-database-node.ts'
import { endAtStopSignal } from './adapters/stop-signals-node.ts'
import { sizeThreadPool } from './adapters/thread-pool-node.ts'
import { createApp } from './app.ts'
import { requiredOnNode } from './config/database.ts'
import { withLocalPasskeys } from './config/factors.ts'
import { type Config, parseConfig } from './config/index.ts'
import { withDevelopmentMailbox } from './config/mail.ts'
import { configWarnings } from './config/warnings.ts'
import { cleanUp } from './core/cleanup/clean-up.ts'
import { connect } from './database/connect.ts'
import { migrationFailure } from './database/errors.ts'
import type { Connection } from './database/index.ts'
import { ConfigError } from './utils/config-error.ts'
import type { Logger } from './utils/log.ts'

const CLEANUP_MILLISECONDS = 3_600_000
/** A database that answers has closed by then. Of one that does not, nothing is lost: all its work is answered. */
const CLOSE_MILLISECONDS = 2_000
/** A provider that takes longer is not waited for. Its mail is sent again, under the same id. */
const CLOSE_MAILS_MILLISECONDS = 4_000
/** All of that together. Supervisors kill what has not ended after ten seconds. */
const STOP_MILLISECONDS = 9_000
/** The log's last lines are worth a short wait, and no more. */
const LAST_LINES_MILLISECONDS = 500

const EVERY_ADDRESS = /^(0\.0\.0\.0|::)$/

const output = createOutput(process.stdout)
const { say } = output
process.stderr.on('error', () => {
  // What is said there, nobody reads any more.
})

/** Opens the database. It migrates an embedded or empty one. Only `npm run db:migrate` migrates one in use. */
async function openDatabase({ database }: Config, logger: Logger): Promise<Connection> {
  const connection = await connect(database, { warn: logger.warn, onLost: endFor })
  const isEmbedded = database.url === undefined
  if (isEmbedded) {
    say(
      `Using the embedded Postgres in ${database.folder}. It is durable, though not against power loss.`,
    )
  }
  await prepareDatabase(connection, { isEmbedded, say }).catch((error: unknown) => {
    const fault = migrationFailure(error)
    throw new ConfigError(
      `The database in ${database.folder} cannot be used: ${fault}. Restore a backup, or set DATA_FOLDER to another folder.`,
    )
  })
  return connection
}

function listen(server: Server, { host, port }: Config['server']): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve(server.address() as AddressInfo))
  })
}

/** Loads them where they are shown alone, for no other start should pay for them. */
async function loadMetrics(): Promise<NodeMetrics> {
  const { createMetrics } = await import('./adapters/metrics-node.ts')
  return createMetrics()
}

/** Ends the process, because only a new one helps. Its supervisor starts that. */
function endFor({ message }: Error): never {
  console.error(`The database stopped and does not start again. ${message}`)
  process.exit(1)
}

/** Waits for the work, but no longer than this. */
async function withinMilliseconds(most: number, work: Promise<void>): Promise<void> {
  await Promise.race([work, new Promise<void>((resolve) => setTimeout(resolve, most))])
}

async function main(): Promise<void> {
  sizeThreadPool(process.env)
  const env = withLocalPasskeys(withDevelopmentMailbox(process.env))
  const config = parseConfig(env, requiredOnNode(env))
  for (const line of configWarnings(config, env)) say(`Warning: ${line}.`)
  const metrics = config.metrics && (await loadMetrics())
  const log = createLogger(output.log)
  const logger = metrics?.counting(log) ?? log
  const connection = await openDatabase(config, logger)
  let base: string | undefined
  const deps = await nodeDeps(config, connection, logger, () => base, metrics)
  const app = createApp(deps)
  const { server, drain } = createHttpServer(app.fetch, logger)
  const [{ port, address, family }, shown] = await Promise.all([
    listen(server, config.server),
    config.metrics && metrics && serveMetrics(config.metrics, metrics.read),
  ])
  const listening = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  // No page is found by the name of all addresses.
  base = EVERY_ADDRESS.test(address) ? `http://localhost:${port}` : listening
  // What the process before this one did not send, it had no time for.
  deps.postman.wake()
  setInterval(() => {
    deps.postman.wake()
    void cleanUp(deps)
  }, CLEANUP_MILLISECONDS).unref()

  // A stray rejection is a bug in the service, but no reason to end every request.
  process.on('unhandledRejection', (reason) =>
    logger.error('unhandled_rejection', {
      cause: reason instanceof Error ? reason.name : typeof reason,
    }),
  )
  const close = async () => {
    await drain()
    await withinMilliseconds(CLOSE_MAILS_MILLISECONDS, deps.postman.close())
    await withinMilliseconds(CLOSE_MILLISECONDS, connection.close())
  }
  endAtStopSignal(async () => {
    shown?.close()
    try {
      await withinMilliseconds(STOP_MILLISECONDS, close())
    } finally {
      await output.flushed(LAST_LINES_MILLISECONDS)
    }
  })
  if (shown) say(`Metrics are here: ${shown.url}`)
  const providers = config.federation.providers.map(({ name }) => name)
  if (providers.length > 0) say(`People may sign in at: ${providers.join(', ')}`)
  if (config.mail.provider === 'mailbox') say(`Mails are kept here: ${base}/dev/mail`)
  // Who reads this may stop the service at once.
  const besides = [
    config.hasDocs && `, docs at ${listening}/docs`,
    config.pages.isOn && `, pages at ${listening}/login`,
  ]
  say(`Listening on ${[listening, ...besides].filter(Boolean).join('')}`)
}

main().catch((error: Error) => {
  const expected = error instanceof ConfigError || 'code' in error
  console.error(expected ? error.message : error)
  process.exit(1)
})
