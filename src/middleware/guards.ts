import type { MiddlewareHandler } from 'hono'
import type { ProblemCode } from '../errors.ts'
import type { AppEnv } from '../http/context.ts'

/** Middleware that puts these variables into the context, or refuses. */
type Middleware<Variables extends object> = MiddlewareHandler<AppEnv & { Variables: Variables }>

/** What stands before a route: its middleware, and all that the OpenAPI document says of it. */
export type Guard<Variables extends object = object> = {
  middleware: Middleware<Variables>
  /** The answers that it may give instead of the route. */
  problems: readonly ProblemCode[]
  /** By what the caller is known (the name of a security scheme). */
  security?: string
}

// biome-ignore lint/suspicious/noExplicitAny: each guard has variables of its own.
type Guards = readonly Guard<any>[]

type MiddlewareOf<Of extends Guards> = { -readonly [At in keyof Of]: Of[At]['middleware'] }

/** Puts guards before a route, in this order, with their documentation; a route spreads it. */
export function guarded<const Of extends Guards>(...guards: Of) {
  return {
    middleware: guards.map(({ middleware }) => middleware) as MiddlewareOf<Of>,
    security: guards.flatMap(({ security }) => (security ? [{ [security]: [] as string[] }] : [])),
    guards,
  }
}
