import { SwaggerUI } from '@hono/swagger-ui'
import { html, raw } from 'hono/html'
import { contentPolicy, hashSource } from '../../../http/content-policy.ts'

/** Where the renderer looks for Swagger UI's files: in this folder of its `baseUrl`. */
export const DOCS_ASSETS_PATH = 'docs/swagger-ui-dist'

const INLINE_SCRIPT = /<script>(.*?)<\/script>/gs

/**
 * Swagger UI. The renderer writes options into a script without escaping them, so nothing but literals may be given; the
 * text is thus always the same. Every address is relative, so that it works under any path prefix.
 */
const swaggerUi = () =>
  SwaggerUI({
    baseUrl: 'docs',
    url: 'openapi.json',
    tryItOutEnabled: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    validatorUrl: 'none',
    // Both are in src/assets/docs-page.js.
    plugins: ['docsPage.plugin'],
    responseInterceptor: 'docsPage.follow',
  })

/** Logs in for all operations below. The page's script shows it and does the rest. */
const LOG_IN = html`<div class="log-in-bar">
      <form id="log-in" hidden>
        <p class="hint">Log in once, and every operation below is sent with your tokens.</p>
        <label>Username or email
          <input name="username_or_email" autocomplete="username" autocapitalize="none" spellcheck="false" required>
        </label>
        <label>Password
          <input name="password" type="password" autocomplete="current-password" required>
        </label>
        <button>Log in</button>
        <p role="alert"></p>
      </form>
      <div id="logged-in" hidden>
        <p role="status">Logged in as <b></b>, until this tab is closed.</p>
        <button type="button">Log out</button>
      </div>
    </div>`

export type DocsPage = { html: string; contentSecurityPolicy: string }

/** The docs page, and the policy under which its one inline script may run. */
export async function docsPage(title: string): Promise<DocsPage> {
  const ui = swaggerUi()
  const page = await html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title}</title>
    <meta name="color-scheme" content="light dark">
    <link rel="icon" type="image/png" href="${DOCS_ASSETS_PATH}/favicon-32x32.png">
    <link rel="stylesheet" href="${DOCS_ASSETS_PATH}/docs-page.css">
    <script src="${DOCS_ASSETS_PATH}/docs-page.js"></script>
  </head>
  <body>
    ${LOG_IN}
    ${raw(ui)}
  </body>
</html>
`
  return { html: page.toString(), contentSecurityPolicy: await policyFor(ui) }
}

/** Scripts from here and by their hash, styles from here; Swagger UI inlines its icons as data and sets some styles. */
async function policyFor(ui: string): Promise<string> {
  // Of the renderer's own scripts, not of the page's: nothing that a title might bring is ever allowed.
  const scripts = Array.from(ui.matchAll(INLINE_SCRIPT), ([, script = '']) => script)
  const hashes = await Promise.all(scripts.map(hashSource))
  return contentPolicy({
    'script-src': ["'self'", ...hashes].join(' '),
    'style-src': "'self' 'unsafe-inline'",
    'img-src': "'self' data:",
    'connect-src': "'self'",
  })
}
