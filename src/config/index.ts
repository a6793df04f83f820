import { z } from 'zod'
import { ConfigError } from '../utils/config-error.ts'
import * as database from './database.ts'
import * as http from './http.ts'
import type { Rule } from './kinds.ts'
import * as passwords from './passwords.ts'
import * as server from './server.ts'
import * as service from './service.ts'
import * as sessions from './sessions.ts'
import * as tokens from './tokens.ts'

/** The concerns, by their names in Config. A new one needs a file beside these, and its name here. */
const CONCERNS = { server, database, tokens, sessions, passwords, http }

type Concerns = typeof CONCERNS

/** Everything that the environment decides. The names of lifetimes and deadlines carry their unit. */
export type Config = Readonly<
  service.ServiceSettings & { [Name in keyof Concerns]: ReturnType<Concerns[Name]['settings']> }
>

/** The exports of a concern's file. Each concern is typed by its own variables; here they are only parsed together. */
type Concern = {
  variables: Record<string, z.ZodType>
  rules?: Rule<never>[]
  settings: (values: never) => object
}

const ALL: Concern[] = [service, ...Object.values(CONCERNS)]
const RULES = ALL.flatMap(({ rules = [] }) => rules)

/** Every variable, with its default and rules. */
export const variables: Concern['variables'] = Object.assign({}, ...ALL.map((one) => one.variables))

const environment = z.object(variables).superRefine(
  (values, context) => {
    for (const { at, holds, error } of RULES) {
      if (!holds(values as never)) context.addIssue({ code: 'custom', path: [at], message: error })
    }
  },
  { when: () => true },
)

/**
 * Parses the environment once. Throws one ConfigError that names everything missing, weak, contradictory or left as a
 * placeholder.
 */
export function parseConfig(given: Record<string, unknown>): Config {
  const parsed = environment.safeParse(ours(given))
  if (parsed.success) return nested(parsed.data as never)
  const { issues } = parsed.error
  throw ConfigError.of(new Set(issues.map(({ path, message }) => `${String(path[0])}: ${message}`)))
}

/** Picks the service's own variables. An empty line in an env file means "not set". */
function ours(given: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(variables).filter((name) => typeof given[name] === 'string')
  return Object.fromEntries(
    names.filter((name) => given[name] !== '').map((name) => [name, given[name]]),
  )
}

/** `never` fits the values of every concern. The schema has checked all of them. */
function nested(values: never): Config {
  const named = Object.entries(CONCERNS).map(([name, one]) => [name, one.settings(values)])
  return { ...service.settings(values), ...Object.fromEntries(named) }
}
