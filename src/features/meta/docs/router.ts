import { Hono } from 'hono'
import type { AppEnv } from '../../../http/context.ts'
import { respond } from '../../../http/respond.ts'
import { DOCS_ASSETS, type DocsAsset } from '../../../utils/docs-assets.ts'
import { DOCS_ASSETS_PATH, type DocsPage, docsPage } from './page.ts'

/** Serves the OpenAPI document and Swagger UI over it, with all assets from here. */
export function docsRouter(document: () => string): Hono<AppEnv> {
  const router = new Hono<AppEnv>()
  let page: DocsPage | undefined

  router.get('/openapi.json', (c) =>
    respond(c, document(), 200, { 'content-type': 'application/json; charset=utf-8' }),
  )
  // Relative, so that it is right under a path prefix. The page itself cannot be here, for its addresses are relative too.
  router.get('/docs/', (c) => respond(c, null, 308, { location: '../docs' }))
  router.get('/docs', async (c) => {
    // Kept, for on Node its hash would wait behind those of passwords.
    page ??= await docsPage(c.get('deps').config.projectName)
    const { html, contentSecurityPolicy } = page
    return respond(c, html, 200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy,
    })
  })
  for (const [name, type] of Object.entries(DOCS_ASSETS)) {
    router.get(`/${DOCS_ASSETS_PATH}/${name}`, async (c) =>
      respond(c, await c.get('deps').docsAsset(name as DocsAsset), 200, { 'content-type': type }),
    )
  }
  return router
}
