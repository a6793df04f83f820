import { html, raw } from 'hono/html'
import { contentPolicy, hashSource } from '../../../http/content-policy.ts'
import type { Operation } from '../../../http/operations.ts'

/** What the service is and where its parts are. Every address is relative, so that it is right under a path prefix. */
export type HomePage = { html: string; contentSecurityPolicy: string }

export type Directory = {
  name: string
  version: string
  links: { documentation?: string; openapi?: string }
  endpoints: { method: string; href: string; summary: string; isOpen: boolean }[]
}

/** Makes the directory of the service. It does not name a documentation that is switched off. */
export function directoryOf(
  { name, version, hasDocs }: { name: string; version: string; hasDocs: boolean },
  operations: readonly Operation[],
): Directory {
  return {
    name,
    version,
    links: hasDocs ? { documentation: 'docs', openapi: 'openapi.json' } : {},
    endpoints: operations.map(({ method, path, summary, isOpen }) => ({
      ...{ method, href: path.slice(1), summary, isOpen },
    })),
  }
}

const STYLE = `
:root { color-scheme: light dark; --text: #1d2733; --dim: #5a6775; --line: #dfe4ea; --page: #f5f7f9;
  --card: #fff; --link: #0b62c4; --on-link: #fff }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6eaef; --dim: #9aa7b4; --line: #323b45; --page: #14181d; --card: #1c2229;
    --link: #7ab4ff; --on-link: #10151b }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
main { max-width: 44rem; margin: 0 auto; padding: 2.5rem 1rem }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2 }
h1 small { font-size: 0.9rem; font-weight: 400; color: var(--dim); white-space: nowrap }
p { margin: 0.5rem 0 1.5rem; color: var(--dim) }
nav { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-bottom: 2rem }
nav a { padding: 0.55rem 1.1rem; border: 1px solid var(--link); border-radius: 0.5rem; text-decoration: none }
nav a:first-child { background: var(--link); color: var(--on-link) }
a { color: var(--link) }
ul { margin: 0; padding: 0; list-style: none; background: var(--card); border: 1px solid var(--line);
  border-radius: 0.75rem }
li { padding: 0.75rem 1rem }
li + li { border-top: 1px solid var(--line) }
code { font: 600 0.9rem/1.4 ui-monospace, monospace }
code b { display: inline-block; min-width: 4.2rem; color: var(--dim); font-weight: 600 }
span { display: block; color: var(--dim); font-size: 0.9rem }
`

/** The page for people, and the policy under which its one style may apply. It has no script. */
export async function homePage({ name, version, links, endpoints }: Directory): Promise<HomePage> {
  const page = await html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${name}</title>
    <link rel="icon" href="data:,">
    <style>${raw(STYLE)}</style>
  </head>
  <body>
    <main>
      <h1>${name} <small>${version}</small></h1>
      <p>An authentication service: sign-up, log-in, tokens and sessions.</p>
      ${
        links.documentation &&
        html`<nav><a href="${links.documentation}">Documentation</a><a href="${links.openapi}">OpenAPI</a></nav>`
      }
      <ul>
        ${endpoints.map(({ method, href, summary, isOpen }) => {
          const address = isOpen ? html`<a href="${href}">/${href}</a>` : `/${href}`
          return html`<li><code><b>${method}</b> ${address}</code><span>${summary}</span></li>`
        })}
      </ul>
    </main>
  </body>
</html>
`
  const sources = { 'style-src': await hashSource(STYLE), 'img-src': 'data:' }
  return { html: page.toString(), contentSecurityPolicy: contentPolicy(sources) }
}
