import { Hono } from 'hono'
import type { AppEnv } from '../../../http/context.ts'
import { DOCS_ASSETS, type DocsAsset } from '../../../http/docs-assets.ts'
import { respond } from '../../../http/respond.ts'
import { DOCS_CONTENT_SECURITY_POLICY, DOCS_START_SCRIPT, docsPage } from './page.ts'

/** Serves the OpenAPI document and Swagger UI over it, with all assets from here. */
export function docsRouter(document: () => string): Hono<AppEnv> {
  const router = new Hono<AppEnv>()

  router.get('/openapi.json', (c) =>
    respond(c, document(), 200, { 'content-type': 'application/json; charset=utf-8' }),
  )
  router.get('/docs', (c) =>
    respond(c, docsPage(c.get('deps').config.projectName), 200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': DOCS_CONTENT_SECURITY_POLICY,
    }),
  )
  router.get('/docs/start.js', (c) =>
    respond(c, DOCS_START_SCRIPT, 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  )
  for (const [name, type] of Object.entries(DOCS_ASSETS)) {
    router.get(`/docs/${name}`, async (c) =>
      respond(c, await c.get('deps').docsAsset(name as DocsAsset), 200, { 'content-type': type }),
    )
  }
  return router
}
