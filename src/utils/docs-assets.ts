/**
 * The files that the docs page loads, all from its own origin: Swagger UI's, and the page's own. Where each comes from is in
 * package.json, as `#docs/…`.
 */
export const DOCS_ASSETS = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
  'docs-page.css': 'text/css; charset=utf-8',
  'docs-page.js': 'text/javascript; charset=utf-8',
} as const

/** What the pages for people load. */
export const PAGES_ASSETS = ['pages.js'] as const

export type DocsAsset = keyof typeof DOCS_ASSETS | (typeof PAGES_ASSETS)[number]
