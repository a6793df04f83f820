import { type Assets, workerDeps } from './adapters/worker-deps.ts'
import { createApp } from './app.ts'
import { ConfigError, parseConfig } from './config.ts'
import { connectNeon } from './database/neon.ts'

type Env = Record<string, unknown> & { ASSETS: Assets }
type App = ReturnType<typeof createApp>

let app: Promise<App> | undefined

async function build(env: Env): Promise<App> {
  const config = parseConfig(env)
  const { url, neonHttpEndpoint } = config.database
  if (!url)
    throw new ConfigError(
      'The configuration cannot be used:\n  DATABASE_URL: is required on Workers',
    )
  const { db } = connectNeon(url, { endpoint: neonHttpEndpoint })
  return createApp(await workerDeps(config, db, env.ASSETS))
}

/** Without a usable configuration nothing is served; what is wrong with it is for the log alone. */
function refuse(error: unknown): Response {
  console.error(error instanceof ConfigError ? error.message : error)
  return Response.json(
    { type: 'about:blank', title: 'Internal Server Error', status: 500, code: 'internal_error' },
    {
      status: 500,
      headers: {
        'content-type': 'application/problem+json; charset=utf-8',
        'cache-control': 'no-store',
      },
    },
  )
}

export default {
  async fetch(request: Request, env: Env, context: object): Promise<Response> {
    app ??= build(env)
    try {
      return (await app).fetch(request, env, context as never)
    } catch (error) {
      app = undefined
      return refuse(error)
    }
  },
}
