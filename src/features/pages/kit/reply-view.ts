import type { Context } from 'hono'
import { html } from 'hono/html'
import type { AppEnv } from '../../../http/context.ts'
import { replyPage } from '../../../http/page.ts'
import { type Brand, cardBody, logoSource } from '../../../http/page-card.ts'
import { languageOf } from '../../../middleware/language.ts'
import type { Answer, View } from './define-page.ts'

/** What a page with a script may do: load it, and ask this service. */
const SCRIPT = { 'script-src': "'self'", 'connect-src': "'self'" }

/** Of these the answer depends on all. */
const VARY = 'Accept-Language, Cookie, Origin, Sec-Fetch-Site'

/** Answers with a page, in the look that all pages have. */
export async function replyView(
  c: Context<AppEnv>,
  { view, status = 200, headers = {} }: Extract<Answer, { view: View }>,
): Promise<Response> {
  const { projectName: project, pages } = c.get('deps').config
  const brand: Brand = { project, logoUrl: pages.logoUrl }
  const language = languageOf(c)
  const { title, content, foot, isWide, hasScript, sources, leavesFor } = view
  const page = {
    language,
    title: `${title} – ${project}`,
    body: isWide ? wideBody(brand, content) : cardBody(brand, content, foot || undefined),
    sources: {
      ...logoSource(brand),
      'form-action': "'self'",
      ...(hasScript && SCRIPT),
      ...sources,
    },
    script: hasScript ? `${'../'.repeat(c.req.path.split('/').length - 2)}pages.js` : undefined,
  }
  return replyPage(c, page, status, {
    ...headers,
    ...(leavesFor !== undefined && { refresh: `0; url=${new URL(leavesFor).href}` }),
    'content-language': language,
    // With `no-referrer` a browser would say that a form comes from nowhere (Fetch, section 3.2).
    'referrer-policy': 'same-origin',
    vary: VARY,
  })
}

function wideBody({ project, logoUrl }: Brand, content: View['content']): View['content'] {
  return html`<main class="wide">
      <p class="brand">${logoUrl !== undefined && html`<img src="${logoUrl}" alt="">`}${project}</p>
      ${content}
    </main>`
}
