import type { Context } from 'hono'
import type { html } from 'hono/html'
import type { AppEnv } from './context.ts'
import { respond } from './respond.ts'

/** HTML in which every text was escaped. */
export type Markup = ReturnType<typeof html>

export type Page = {
  language: string
  title: string
  /** What stands in the page's main part. */
  body: Markup
  /** What its content policy allows besides its style. */
  sources?: Record<string, string>
  /** The address of its script, which its policy has to allow. */
  script?: string | undefined
}

/** Answers with a page. What makes it is loaded with the first one, so that no start pays for it. */
export async function replyPage(
  c: Context<AppEnv>,
  page: Page,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const { pageDocument } = await import('./page-document.ts')
  const { page: document, policy } = await pageDocument(
    page,
    c.get('deps').config.pages.accentColor,
  )
  return respond(c, document, status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    ...headers,
  })
}
