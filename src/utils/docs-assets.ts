/** The files of Swagger UI that the docs page loads, all from its own origin. */
export const DOCS_ASSETS = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
} as const

export type DocsAsset = keyof typeof DOCS_ASSETS
