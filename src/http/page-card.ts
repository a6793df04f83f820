import { html } from 'hono/html'
import type { Markup } from './page.ts'

/** Whose page it is. */
export type Brand = { project: string; logoUrl: string | undefined }

/** The main part of a page that says or asks one thing: the project, a card, and perhaps what stands below. */
export function cardBody({ project, logoUrl }: Brand, content: Markup, foot?: Markup): Markup {
  return html`<main class="narrow">
      <p class="brand">${logoUrl !== undefined && html`<img src="${logoUrl}" alt="">`}${project}</p>
      <div class="card">
        ${content}
      </div>${
        foot &&
        html`
      <div class="foot">${foot}</div>`
      }
    </main>`
}

/** What a page's policy allows for the sake of its logo. */
export function logoSource({ logoUrl }: Brand): Record<string, string> {
  return logoUrl === undefined ? {} : { 'img-src': `data: ${new URL(logoUrl).origin}` }
}
