import { Hono } from 'hono'
import type { AppEnv } from '../../../http/context.ts'
import { respond } from '../../../http/respond.ts'
import { type Api, HOSTED_PATHS } from '../kit/paths.ts'

/** Serves the pages for people, all of which are loaded with the first one, so that no start pays for them. */
export function hostedPagesRouter(api: Api): Hono<AppEnv> {
  const router = new Hono<AppEnv>()
  for (const path of HOSTED_PATHS) {
    router.on(['GET', 'POST'], path, async (c) =>
      (await import('./page.ts')).servePage(c, path, api),
    )
  }
  router.get('/pages.js', async (c) =>
    respond(c, await c.get('deps').docsAsset('pages.js'), 200, {
      'content-type': 'text/javascript; charset=utf-8',
    }),
  )
  return router
}
