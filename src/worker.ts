import type { ExecutionContext } from 'hono'
import { refuseLargeHeaders } from './adapters/header-limit-worker.ts'
import { createLogger } from './adapters/logger.ts'
import { type Bindings, workerDeps } from './adapters/worker-deps.ts'
import { createApp } from './app.ts'
import { requiredOnWorkers as requiredForProviders } from './config/federation.ts'
import { parseConfig } from './config/index.ts'
import { requiredOnWorkers } from './config/mail.ts'
import { configWarnings } from './config/warnings.ts'
import { cleanUp } from './core/cleanup/clean-up.ts'
import { deliverMails } from './core/outbox/deliver.ts'
import { connectNeon } from './database/neon.ts'
import type { Deps } from './deps.ts'
import { problemOutsideApp } from './http/problem.ts'
import { ConfigError } from './utils/config-error.ts'

type Env = Record<string, unknown> & Bindings
type Service = { deps: Deps; app: ReturnType<typeof createApp> }

const REQUIRED = { DATABASE_URL: 'is required on Workers' }

/** A cron trigger may run for a quarter of an hour. */
const DELIVERY_MILLISECONDS = 600_000

let service: Promise<Service> | undefined

async function build(env: Env): Promise<Service> {
  // A Worker does not listen, so that what others put there by these names is none of its business.
  const required = { ...REQUIRED, ...requiredOnWorkers(env), ...requiredForProviders(env) }
  const config = parseConfig({ ...env, HOST: undefined, PORT: undefined }, required)
  const { url, neonHttpEndpoint, schema } = config.database
  if (!url)
    throw ConfigError.of(['DATABASE_URL: must be a postgres:// connection string on Workers'])
  const logger = createLogger((line) => console.log(line))
  for (const warning of configWarnings(config, env)) logger.warn('config_doubtful', { warning })
  const connection = connectNeon(url, { endpoint: neonHttpEndpoint, schema, warn: logger.warn })
  const deps = await workerDeps(config, connection, logger, env)
  return { deps, app: createApp(deps) }
}

/** Builds the service at an isolate's first request and keeps it. A failure is not kept. */
function serviceOf(env: Env): Promise<Service> {
  service ??= build(env).catch((error: unknown) => {
    service = undefined
    throw error
  })
  return service
}

/** Refuses every request if the configuration is unusable. Only the log says what is wrong with it. */
function refuse(error: unknown): Response {
  console.error(error instanceof ConfigError ? error.message : error)
  const { body, ...init } = problemOutsideApp('internal_error')
  return new Response(body, init)
}

async function serve(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
  const refused = refuseLargeHeaders(request)
  if (refused) return refused
  const built = await serviceOf(env).catch(refuse)
  return built instanceof Response ? built : built.app.fetch(request, env, context)
}

export default {
  fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
    const answer = serve(request, env, context)
    // If a client disconnects, Workers cancels its request between two steps and runs no `finally`. This lets it
    // finish.
    context.waitUntil(answer)
    return answer
  },

  /**
   * Cleans up, and sends mails that no provider took before, at the times in wrangler.toml. Its own time is bounded, and
   * a mail whose sending is cut off may be sent twice.
   */
  async scheduled(_controller: unknown, env: Env): Promise<void> {
    const { deps } = await serviceOf(env)
    const latest = performance.now() + DELIVERY_MILLISECONDS
    await cleanUp(deps)
    await deliverMails(deps, () => performance.now() > latest)
  },
}
