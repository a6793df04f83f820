import { Hono } from 'hono'
import { prefersHtml } from '../../../http/accept.ts'
import type { AppEnv } from '../../../http/context.ts'
import type { Operation } from '../../../http/operations.ts'
import { replyPage } from '../../../http/page.ts'
import { respond } from '../../../http/respond.ts'
import { once } from '../../../utils/once.ts'
import { directoryOf, homePage, type Service } from './page.ts'

/** Serves the list of addresses at `/`: a page for people, JSON for programs. */
export function homeRouter(service: Service, operations: () => Operation[]): Hono<AppEnv> {
  const directory = once(() => directoryOf(service, operations()))

  return new Hono<AppEnv>().get('/', async (c) => {
    const vary = { vary: 'Accept, Origin' }
    if (!prefersHtml(c.req.header('accept'))) {
      const { endpoints, ...about } = directory()
      const list = endpoints.map(({ method, href, summary }) => ({ method, href, summary }))
      return respond(c, JSON.stringify({ ...about, endpoints: list }), 200, {
        ...vary,
        'content-type': 'application/json; charset=utf-8',
      })
    }
    return replyPage(c, homePage(directory()), 200, vary)
  })
}
