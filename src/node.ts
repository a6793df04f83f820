import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHttpServer } from './adapters/http-server-node.ts'
import { createLogWriter } from './adapters/log-writer-node.ts'
import { createLogger } from './adapters/logger.ts'
import { nodeDeps } from './adapters/node-deps.ts'
import { prepareDatabase } from './adapters/prepare-database-node.ts'
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
import { once } from './utils/once.ts'

const DRAIN_MILLISECONDS = 8_000
const SWEEP_MILLISECONDS = 100
const CLEANUP_MILLISECONDS = 3_600_000

const say = (line: string) => process.stdout.write(`${line}\n`)

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

/** Accepts no more connections, lets requests end, then closes the database. */
async function stop(server: Server, connection: Connection): Promise<void> {
  const deadline = setTimeout(() => server.closeAllConnections(), DRAIN_MILLISECONDS)
  // Connections that are still answering become idle later, and would be kept alive.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MILLISECONDS)
  await new Promise((resolve) => {
    server.close(resolve)
    server.closeIdleConnections()
  })
  clearTimeout(deadline)
  clearInterval(sweep)
  await connection.close()
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
  const logger = createLogger(createLogWriter())
  const connection = await openDatabase(config, logger)
  const deps = await nodeDeps(config, connection, logger)
  const app = createApp(deps)
  const server = createHttpServer(app.fetch)
  const { port, address, family } = await listen(server, config.server)
  const host = family === 'IPv6' ? `[${address}]` : address
  say(`Listening on http://${host}:${port}, docs at http://${host}:${port}/docs`)

  const logFailure = (error: unknown) =>
    logger.error('cleanup_failed', { code: failureCode(error) })
  setInterval(() => cleanUp(deps).catch(logFailure), CLEANUP_MILLISECONDS).unref()

  // A stray rejection is a bug in the service, but no reason to end every request.
  process.on('unhandledRejection', (reason) =>
    logger.error('unhandled_rejection', {
      cause: reason instanceof Error ? reason.name : typeof reason,
    }),
  )
  const stopOnce = once(() =>
    stop(server, connection).then(
      () => process.exit(0),
      () => process.exit(1),
    ),
  )
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stopOnce)
}

main().catch((error: Error) => {
  const expected = error instanceof ConfigError || 'code' in error
  console.error(expected ? error.message : error)
  process.exit(1)
})
