import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHttpServer } from './adapters/http-server-node.ts'
import { createLogger } from './adapters/logger.ts'
import { nodeDeps } from './adapters/node-deps.ts'
import { createOutput } from './adapters/output-node.ts'
import { prepareDatabase } from './adapters/prepare-database-node.ts'
import { endAtStopSignal } from './adapters/stop-signals-node.ts'
import { sizeThreadPool } from './adapters/thread-pool-node.ts'
import { createApp } from './app.ts'
import { requiredOnNode } from './config/database.ts'
import { type Config, parseConfig } from './config/index.ts'
import { configWarnings } from './config/warnings.ts'
import { cleanUp } from './core/cleanup.ts'
import { connect } from './database/connect.ts'
import { failureCode, migrationFailure } from './database/errors.ts'
import type { Connection } from './database/index.ts'
import { ConfigError } from './utils/config-error.ts'
import type { Logger } from './utils/log.ts'

const CLEANUP_MILLISECONDS = 3_600_000
/** A database that answers has closed by then. Of one that does not, nothing is lost: all its work is answered. */
const CLOSE_MILLISECONDS = 2_000
/** The log's last lines are worth a short wait, and no more. */
const LAST_LINES_MILLISECONDS = 500

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

/** Ends the process, because only a new one helps. Its supervisor starts that. */
function endFor({ message }: Error): never {
  console.error(`The database stopped and does not start again. ${message}`)
  process.exit(1)
}

async function main(): Promise<void> {
  sizeThreadPool(process.env)
  const config = parseConfig(process.env, requiredOnNode(process.env))
  for (const line of configWarnings(config, process.env)) say(`Warning: ${line}.`)
  const logger = createLogger(output.log)
  const connection = await openDatabase(config, logger)
  const deps = await nodeDeps(config, connection, logger)
  const app = createApp(deps)
  const { server, drain } = createHttpServer(app.fetch, logger)
  const { port, address, family } = await listen(server, config.server)
  const logFailure = (error: unknown) =>
    logger.error('cleanup_failed', { code: failureCode(error) })
  setInterval(() => cleanUp(deps).catch(logFailure), CLEANUP_MILLISECONDS).unref()

  // A stray rejection is a bug in the service, but no reason to end every request.
  process.on('unhandledRejection', (reason) =>
    logger.error('unhandled_rejection', {
      cause: reason instanceof Error ? reason.name : typeof reason,
    }),
  )
  endAtStopSignal(async () => {
    try {
      await drain()
      const patience = new Promise((resolve) => setTimeout(resolve, CLOSE_MILLISECONDS))
      await Promise.race([connection.close(), patience])
    } finally {
      await output.flushed(LAST_LINES_MILLISECONDS)
    }
  })
  // Who reads this may stop the service at once.
  const base = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  say(`Listening on ${base}${config.hasDocs ? `, docs at ${base}/docs` : ''}`)
}

main().catch((error: Error) => {
  const expected = error instanceof ConfigError || 'code' in error
  console.error(expected ? error.message : error)
  process.exit(1)
})
