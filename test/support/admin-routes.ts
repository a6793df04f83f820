import type { OpenAPIHono } from '@hono/zod-openapi'
import { PERMISSIONS } from '../../src/core/access/permissions.ts'
import type { AppEnv } from '../../src/http/context.ts'
import { currentUser } from '../../src/middleware/caller.ts'
import type { Guard } from '../../src/middleware/guards.ts'

type App = OpenAPIHono<AppEnv>
type Guarded = { guards?: readonly Guard[] }

const isAdmins = (path: string) => /^\/admin(\/|$)/.test(path)
/** As the document spells it. */
const nameOf = (method: string, path: string) =>
  `${method.toUpperCase()} ${path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}')}`

/**
 * Says what is wrong with how routes for admins are mounted, `[]` if nothing is. It looks at the mounted routes, so that
 * none is left out, and wants the handlers of each to begin with its documented guards, so that none is only said to have
 * them. For an app whose document was not built yet.
 */
export function faultsOfGuards(app: App): string[] {
  const documented = new Map(
    app.openAPIRegistry.definitions.flatMap((definition) =>
      definition.type === 'route'
        ? [[nameOf(definition.route.method, definition.route.path), definition.route] as const]
        : [],
    ),
  )
  const mounted = Map.groupBy(app.routes, ({ method, path }) => nameOf(method, path))
  return [...mounted].flatMap(([name, routes]) => {
    const [{ path = '', method = '' } = {}] = routes
    if (path !== '/' && path !== '/*' && /^\/*[:*]/.test(path)) return [`${name} is for any path`]
    if (!isAdmins(path)) return []
    if (method === 'ALL') return knowsPath(documented, path) ? [] : [`${name} is for any method`]
    const guards = (documented.get(name) as Guarded | undefined)?.guards
    if (!documented.has(name)) return [`${name} is not documented`]
    if (!guards) return [`${name} has no guards`]
    const [first, second] = guards
    const found: string[] = []
    if (first?.middleware !== currentUser.middleware) found.push(`${name} asks nobody who it is`)
    if (!Object.hasOwn(PERMISSIONS, second?.permission ?? '')) {
      found.push(`${name} asks for no permission of the service`)
    }
    if (guards.some(({ middleware }, at) => routes[at]?.handler !== middleware)) {
      found.push(`${name} does not begin with its guards`)
    }
    return found
  })
}

/** True for a path that has routes, whose other methods are refused, and with a slash at its end. */
function knowsPath(documented: ReadonlyMap<string, unknown>, path: string): boolean {
  const [, spelled = ''] = nameOf('all', path.replace(/(?<=.)\/$/, '')).split(' ')
  return [...documented.keys()].some((name) => name.endsWith(` ${spelled}`))
}
