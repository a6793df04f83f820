import { Hono } from 'hono'
import { prefersHtml } from '../../../http/accept.ts'
import type { AppEnv } from '../../../http/context.ts'
import type { Operation } from '../../../http/operations.ts'
import { respond } from '../../../http/respond.ts'
import { once } from '../../../utils/once.ts'
import { directoryOf, type HomePage, homePage } from './page.ts'

type Service = { name: string; version: string; hasDocs: boolean }

/** Serves the list of addresses at `/`: a page for people, JSON for programs. */
export function homeRouter(service: Service, operations: () => Operation[]): Hono<AppEnv> {
  const directory = once(() => directoryOf(service, operations()))
  let page: HomePage | undefined

  return new Hono<AppEnv>().get('/', async (c) => {
    const vary = { vary: 'Accept, Origin' }
    if (!prefersHtml(c.req.header('accept'))) {
      const { endpoints, ...about } = directory()
      const list = endpoints.map(({ isOpen: _, ...endpoint }) => endpoint)
      return respond(c, JSON.stringify({ ...about, endpoints: list }), 200, {
        ...vary,
        'content-type': 'application/json; charset=utf-8',
      })
    }
    // Kept, for on Node its hash would wait behind those of passwords.
    page ??= await homePage(directory())
    const { html, contentSecurityPolicy } = page
    return respond(c, html, 200, {
      ...vary,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy,
    })
  })
}
