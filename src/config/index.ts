import type { PasswordSettings } from '../core/passwords/policy.ts'
import type { SessionSettings } from '../core/sessions/settings.ts'
import type { TokenSettings } from '../core/tokens/settings.ts'
import type { DatabaseSettings } from '../database/settings.ts'
import { ConfigError } from '../utils/config-error.ts'
import { environmentSchema, type Variables, variables } from './environment.ts'

/** Everything the environment decides. Lifetimes and deadlines carry their unit in the name. */
export type Config = Readonly<{
  projectName: string
  debug: boolean
  database: DatabaseSettings
  tokens: TokenSettings
  sessions: SessionSettings
  passwords: PasswordSettings
  http: Readonly<{ corsOrigins: readonly string[]; trustedProxyCount: number }>
}>

/** Parses the environment once; throws one ConfigError that names all that is missing, weak, placeholder or contradictory. */
export function parseConfig(environment: Record<string, unknown>): Config {
  const parsed = environmentSchema.safeParse(given(environment))
  if (parsed.success) return nested(parsed.data)
  const { issues } = parsed.error
  throw ConfigError.of(new Set(issues.map(({ path, message }) => `${String(path[0])}: ${message}`)))
}

/** Only the variables that are ours; an empty line in an env file means "not set". */
function given(environment: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(variables.shape).filter((name) => typeof environment[name] === 'string')
  return Object.fromEntries(
    names.filter((name) => environment[name] !== '').map((name) => [name, environment[name]]),
  )
}

function nested(env: Variables): Config {
  return {
    projectName: env.PROJECT_NAME,
    debug: env.DEBUG,
    database: {
      url: env.DATABASE_URL,
      neonHttpEndpoint: env.NEON_HTTP_ENDPOINT,
      folder: env.DATA_FOLDER,
      schema: env.DATABASE_SCHEMA,
      poolSize: env.DATABASE_POOL_SIZE,
      pooler: env.DATABASE_POOLER,
    },
    tokens: {
      algorithm: env.JWT_ALGORITHM,
      secretKey: env.JWT_SECRET_KEY,
      keySet: env.JWT_KEYS,
      issuer: env.JWT_ISSUER,
      audience: env.JWT_AUDIENCE,
      accessLifetimeSeconds: env.ACCESS_TOKEN_EXPIRE_MINUTES * 60,
      refreshLifetimeSeconds: env.REFRESH_TOKEN_EXPIRE_MINUTES * 60,
    },
    sessions: {
      lifetimeSeconds: env.SESSION_EXPIRE_MINUTES * 60,
      graceSeconds: env.REFRESH_GRACE_SECONDS,
      maxPerUser: env.MAX_SESSIONS_PER_USER,
    },
    passwords: { minCharacters: env.PASSWORD_MIN_LENGTH },
    http: { corsOrigins: env.CORS_ORIGINS, trustedProxyCount: env.TRUSTED_PROXY_COUNT },
  }
}
