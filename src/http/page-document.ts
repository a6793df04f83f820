import { html, raw } from 'hono/html'
import { contentPolicy, hashSource } from './content-policy.ts'
import type { Page } from './page.ts'

const STYLE = `
:root { color-scheme: light dark; --text: #1d2733; --dim: #5a6775; --line: #dfe4ea; --edge: #7d8a97;
  --page: #f5f7f9; --card: #fff; --link: #0b62c4; --on-link: #fff; --error: #b3261e }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6eaef; --dim: #9aa7b4; --line: #323b45; --edge: #6f7c89; --page: #14181d; --card: #1c2229;
    --link: #7ab4ff; --on-link: #10151b; --error: #ff9d94 }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
main { max-width: 44rem; margin: 0 auto; padding: 2.5rem 1rem }
main.narrow { max-width: 30rem }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2 }
h1 small { font-size: 0.9rem; font-weight: 400; color: var(--dim); white-space: nowrap }
h2 { margin: 2rem 0 0.5rem; font-size: 1.05rem }
p { margin: 0.5rem 0 1.5rem; color: var(--dim) }
a { color: var(--link) }
nav { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-bottom: 2rem }
nav a, a.button, button { padding: 0.55rem 1.1rem; border: 1px solid var(--link); border-radius: 0.5rem;
  text-decoration: none }
nav a:first-child, a.button, button { background: var(--link); color: var(--on-link) }
a.button, button { display: inline-block; font: inherit; font-weight: 600; cursor: pointer }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
ul, .card { margin: 0; padding: 0; list-style: none; background: var(--card); border: 1px solid var(--line);
  border-radius: 0.75rem }
li { padding: 0.75rem 1rem }
li + li { border-top: 1px solid var(--line) }
li a { font-weight: 600 }
code { font: 600 0.9rem/1.4 ui-monospace, monospace }
code b { display: inline-block; min-width: 4.2rem; color: var(--dim); font-weight: 600 }
summary { padding: 1.25rem 1rem; color: var(--dim); cursor: pointer }
li span { display: block; color: var(--dim); font-size: 0.9rem }
.card { padding: 1.5rem }
.card > :last-child { margin-bottom: 0 }
.card h1 { font-size: 1.5rem }
.card h2 { margin-top: 0 }
.brand { margin: 0 0 1rem; font-weight: 600 }
label { display: block; font-weight: 600 }
input { display: block; width: 100%; margin: 0.35rem 0 0.5rem; padding: 0.6rem 0.75rem; color: inherit;
  font: inherit; background: var(--page); border: 1px solid var(--edge); border-radius: 0.5rem }
input[aria-invalid] { border-color: var(--error) }
.hint { margin: 0 0 1.25rem; font-size: 0.9rem }
.error { margin: 0 0 0.5rem; color: var(--error); font-weight: 600 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.15rem 1rem; margin: 1rem 0 }
dt { color: var(--dim) }
dd { margin: 0 }
pre { margin: 0; padding: 1rem; white-space: pre-wrap; font: 0.9rem/1.5 ui-monospace, monospace;
  background: var(--card); border: 1px solid var(--line); border-radius: 0.75rem }
iframe { display: block; width: 100%; height: 38rem; border: 1px solid var(--line); border-radius: 0.75rem }
`

/** Kept, for on Node a hash would wait behind those of passwords. */
let styleSource: string | undefined

/** Returns a page as HTML, with a content policy that allows its one style, by its hash. */
export async function pageDocument({ language, title, body, sources = {} }: Page) {
  styleSource ??= await hashSource(STYLE)
  const policy = contentPolicy({ 'style-src': styleSource, 'img-src': 'data:', ...sources })
  const page = await html`<!doctype html>
<html lang="${language}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title}</title>
    <link rel="icon" href="data:,">
    <style>${raw(STYLE)}</style>
  </head>
  <body>
    ${body}
  </body>
</html>
`
  return { page: page.toString(), policy }
}
