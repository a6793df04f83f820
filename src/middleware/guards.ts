import type { MiddlewareHandler } from 'hono'
import type { ProblemCode } from '../errors.ts'
import type { AppEnv } from '../http/context.ts'

/** Middleware that puts these variables into the context, or refuses. */
type Middleware<Variables extends object> = MiddlewareHandler<AppEnv & { Variables: Variables }>

/** Middleware for a route, with its part of the OpenAPI document. */
export type Guard<Variables extends object = object> = {
  middleware: Middleware<Variables>
  /** The problems that it may answer with. */
  problems: readonly ProblemCode[]
  /** The name of the security scheme that identifies the caller. */
  security?: string
  /** The permission that the caller needs. The document names it beside the scheme (OpenAPI 3.1, section 4.8.30). */
  permission?: string
}

// biome-ignore lint/suspicious/noExplicitAny: each guard has variables of its own.
type Guards = readonly Guard<any>[]

type MiddlewareOf<Of extends Guards> = { -readonly [At in keyof Of]: Of[At]['middleware'] }

/** By which schemes each kind of credential is sent, any one of them. */
const SCHEMES: Record<string, readonly string[]> = {
  access_token: ['access_token', 'session_cookie'],
  refresh_token: ['refresh_token'],
  session_cookie: ['session_cookie'],
}

/** Puts guards before a route, in this order, with their documentation. A route spreads the result. */
export function guarded<const Of extends Guards>(...guards: Of) {
  const permissions = guards.flatMap(({ permission }) => permission ?? [])
  return {
    middleware: guards.map(({ middleware }) => middleware) as MiddlewareOf<Of>,
    security: guards.flatMap(({ security = '' }) =>
      (SCHEMES[security] ?? []).map((scheme) => ({ [scheme]: permissions })),
    ),
    guards,
  }
}
