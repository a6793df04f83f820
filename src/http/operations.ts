import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from './context.ts'

/** A documented operation. */
export type Operation = {
  method: string
  path: string
  summary: string
  /** True if it can be read by following a link, with no token. */
  isOpen: boolean
  /** True if it needs a permission, besides a token. */
  isForAdmins: boolean
}

/** Returns the documented operations of all mounted routes, in their order. */
export function operationsOf(app: OpenAPIHono<AppEnv>): Operation[] {
  return app.openAPIRegistry.definitions.flatMap((definition) => {
    if (definition.type !== 'route') return []
    const { method, path, summary = '', security = [] } = definition.route
    const isOpen = method === 'get' && security.length === 0
    const isForAdmins = security.some((one) => Object.values(one).flat().length > 0)
    return [{ method: method.toUpperCase(), path, summary, isOpen, isForAdmins }]
  })
}
