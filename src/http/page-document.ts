import { html, raw } from 'hono/html'
import { contentPolicy, hashSource } from './content-policy.ts'
import type { Page } from './page.ts'
import { STYLE } from './page-style.ts'
import { accentRules } from './page-theme.ts'

/** Kept, for on Node a hash would wait behind those of passwords. An accent is one of a configuration. */
const sourceOf = new Map<string, string>()

/** Returns a page as HTML, with a content policy that allows its one style, by its hash. */
export async function pageDocument(page: Page, accent: string | undefined) {
  const { language, title, body, script, sources = {} } = page
  const style = STYLE + accentRules(accent)
  const styleSource = sourceOf.get(style) ?? (await hashSource(style))
  sourceOf.set(style, styleSource)
  const policy = contentPolicy({ 'style-src': styleSource, 'img-src': 'data:', ...sources })
  const document = await html`<!doctype html>
<html lang="${language}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title}</title>
    <link rel="icon" href="data:,">
    <style>${raw(style)}</style>${
      script &&
      html`
    <script src="${script}" defer></script>`
    }
  </head>
  <body>
    ${body}
  </body>
</html>
`
  return { page: document.toString(), policy }
}
