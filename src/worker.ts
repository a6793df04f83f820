import type { ExecutionContext } from 'hono'
import { createLogger } from './adapters/logger.ts'
import { type Assets, workerDeps } from './adapters/worker-deps.ts'
import { createApp } from './app.ts'
import { parseConfig } from './config/index.ts'
import { configWarnings } from './config/warnings.ts'
import { cleanUp } from './core/cleanup.ts'
import { connectNeon } from './database/neon.ts'
import type { Deps } from './deps.ts'
import { problemOutsideApp } from './http/problem.ts'
import { ConfigError } from './utils/config-error.ts'

type Env = Record<string, unknown> & { ASSETS: Assets }
type Service = { deps: Deps; app: ReturnType<typeof createApp> }

const REQUIRED = { DATABASE_URL: 'is required on Workers' }

let service: Promise<Service> | undefined

async function build(env: Env): Promise<Service> {
  // A Worker does not listen, so that what others put there by these names is none of its business.
  const config = parseConfig({ ...env, HOST: undefined, PORT: undefined }, REQUIRED)
  const { url, neonHttpEndpoint, schema } = config.database
  if (!url)
    throw ConfigError.of(['DATABASE_URL: must be a postgres:// connection string on Workers'])
  const logger = createLogger((line) => console.log(line))
  for (const warning of configWarnings(config, env)) logger.warn('config_doubtful', { warning })
  const connection = connectNeon(url, { endpoint: neonHttpEndpoint, schema, warn: logger.warn })
  const deps = await workerDeps(config, connection, logger, env.ASSETS)
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

  /** Runs the cleanup at the times in wrangler.toml. */
  async scheduled(_controller: unknown, env: Env): Promise<void> {
    await cleanUp((await serviceOf(env)).deps)
  },
}
