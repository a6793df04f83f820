import type { ExecutionContext } from 'hono'
import { createLogger } from './adapters/logger.ts'
import { type Assets, workerDeps } from './adapters/worker-deps.ts'
import { createApp } from './app.ts'
import { parseConfig } from './config/index.ts'
import { cleanUp } from './core/cleanup.ts'
import { connectNeon } from './database/neon.ts'
import type { Deps } from './deps.ts'
import { problemOutsideApp } from './http/problem.ts'
import { ConfigError } from './utils/config-error.ts'

type Env = Record<string, unknown> & { ASSETS: Assets }
type Service = { deps: Deps; app: ReturnType<typeof createApp> }

let service: Promise<Service> | undefined

async function build(env: Env): Promise<Service> {
  const config = parseConfig(env)
  const { url, neonHttpEndpoint, schema } = config.database
  if (!url) throw ConfigError.of(['DATABASE_URL: is required on Workers'])
  const logger = createLogger((line) => console.log(line))
  const connection = connectNeon(url, { endpoint: neonHttpEndpoint, schema, warn: logger.warn })
  const deps = await workerDeps(config, connection, logger, env.ASSETS)
  return { deps, app: createApp(deps) }
}

/** Built by an isolate's first request and kept; a failure is not kept. */
function serviceOf(env: Env): Promise<Service> {
  service ??= build(env).catch((error: unknown) => {
    service = undefined
    throw error
  })
  return service
}

/** Without a usable configuration nothing is served; what is wrong with it is for the log alone. */
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
    // A client that goes away cancels its request between two steps, with no `finally`; what was begun is finished instead.
    context.waitUntil(answer)
    return answer
  },

  /** Cleanup, at the times that wrangler.toml names. */
  async scheduled(_controller: unknown, env: Env): Promise<void> {
    await cleanUp((await serviceOf(env)).deps)
  },
}
