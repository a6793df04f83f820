import { z } from 'zod'
import { ConfigError } from '../utils/config-error.ts'
import * as audit from './audit.ts'
import * as database from './database.ts'
import * as factors from './factors.ts'
import * as federation from './federation.ts'
import * as http from './http.ts'
import type { Rule } from './kinds.ts'
import * as limits from './limits.ts'
import * as links from './links.ts'
import { lookAlikes } from './look-alikes.ts'
import * as mail from './mail.ts'
import * as metrics from './metrics.ts'
import * as pages from './pages.ts'
import * as passwords from './passwords.ts'
import * as server from './server.ts'
import * as service from './service.ts'
import * as sessions from './sessions.ts'
import * as signup from './sign-up.ts'
import * as tokens from './tokens.ts'
import * as turnstile from './turnstile.ts'

/** The concerns, by their names in Config. A new one needs a file beside these, and its name here. */
const CONCERNS = {
  server,
  database,
  tokens,
  sessions,
  passwords,
  signup,
  turnstile,
  http,
  links,
  mail,
  limits,
  metrics,
  audit,
  factors,
  federation,
  pages,
}

type Concerns = typeof CONCERNS

/** Everything that the environment decides. The names of lifetimes and deadlines carry their unit. */
export type Config = Readonly<
  service.ServiceSettings & { [Name in keyof Concerns]: ReturnType<Concerns[Name]['settings']> }
>

/** The exports of a concern's file. Each concern is typed by its own variables; here they are only parsed together. */
type Concern = {
  variables: Record<string, z.ZodType>
  rules?: Rule<never>[]
  settings: (values: never) => object | undefined
}

const ALL: Concern[] = [service, ...Object.values(CONCERNS)]
const RULES = ALL.flatMap(({ rules = [] }) => rules)

/** Every variable, with its default and rules. */
export const variables: Concern['variables'] = Object.assign({}, ...ALL.map((one) => one.variables))

const environment = (given: Record<string, unknown>) =>
  z.object(variables).superRefine(
    (values, context) => {
      for (const { at, holds, error } of RULES) {
        if (holds(values as never, given)) continue
        context.addIssue({ code: 'custom', path: [at], message: error })
      }
    },
    { when: () => true },
  )

/** Lists and JSON may be written on several lines. */
const MAY_HAVE_LINES = new Set([
  'JWT_KEYS',
  'CORS_ORIGINS',
  'COOKIE_ORIGINS',
  'RATE_LIMITS',
  'SIGNUP_ALLOWED_DOMAINS',
  'WEBAUTHN_ORIGINS',
  'ENCRYPTION_KEYS',
  'OAUTH_RETURN_URLS',
  'OAUTH_PROVIDERS',
  'OAUTH_APPLE_PRIVATE_KEY',
  'SIGNUP_BLOCKED_DOMAINS',
])
const CONTROL_CHARACTER = /\p{Cc}/u

/**
 * Parses the environment once. Throws one ConfigError that names everything missing, weak, contradictory or left as a
 * placeholder. `required` has the variables that this runtime cannot do without, each with the reason.
 */
export function parseConfig(
  given: Record<string, unknown>,
  required: Record<string, string> = {},
): Config {
  const values = ours(given)
  const parsed = environment(given).safeParse(values)
  const faults = [
    ...Object.entries(required).filter(([name]) => values[name] === undefined),
    ...Object.entries(values)
      .filter(([name, value]) => !MAY_HAVE_LINES.has(name) && CONTROL_CHARACTER.test(value))
      .map(([name]) => [name, 'has a control character inside, such as a line break']),
    ...(parsed.error?.issues ?? []).map(({ path, message }) => [String(path[0]), message]),
  ]
  if (faults.length === 0) return nested(parsed.data as never)
  const meant = lookAlikes(given, Object.keys(variables))
  throw ConfigError.of(new Set([...faults.map((one) => one.join(': ')), ...meant]))
}

/**
 * Picks the service's own variables. An empty line in an env file means "not set". White space around a value is no part
 * of it: env files drop it, and a secret that went through `echo` has a line break that nobody sees.
 */
function ours(given: Record<string, unknown>): Record<string, string> {
  const values = Object.keys(variables).map((name) => {
    const value = given[name]
    return [name, typeof value === 'string' ? value.trim() : ''] as const
  })
  return Object.fromEntries(values.filter(([, value]) => value !== ''))
}

/** `never` fits the values of every concern. The schema has checked all of them. */
function nested(values: never): Config {
  const named = Object.entries(CONCERNS).map(([name, one]) => [name, one.settings(values)])
  return { ...service.settings(values), ...Object.fromEntries(named) }
}
