import { html } from 'hono/html'
import type { Operation } from '../../../http/operations.ts'
import type { Page } from '../../../http/page.ts'

/** What the service is and where its parts are. Every address is relative, so that it is right under a path prefix. */
export type Directory = {
  name: string
  version: string
  links: { login?: string; signup?: string; documentation?: string; openapi?: string }
  endpoints: Endpoint[]
}

type Endpoint = Omit<Operation, 'path'> & { href: string }

/** The service, and which of its parts are switched on. */
export type Service = {
  name: string
  version: string
  hasDocs: boolean
  hasPages: boolean
  hasSignup: boolean
}

/** Makes the directory of the service. It does not name a documentation that is switched off. */
export function directoryOf(
  { name, version, hasDocs, hasPages, hasSignup }: Service,
  operations: readonly Operation[],
): Directory {
  return {
    name,
    version,
    links: {
      ...(hasPages && { login: 'login', ...(hasSignup && { signup: 'signup' }) }),
      ...(hasDocs && { documentation: 'docs', openapi: 'openapi.json' }),
    },
    endpoints: operations.map(({ path, ...operation }) => ({ ...operation, href: path.slice(1) })),
  }
}

const LINKS = {
  login: 'Log in',
  signup: 'Sign up',
  documentation: 'Documentation',
  openapi: 'OpenAPI',
}

/** The page for people. What only admins may do is folded up, for it is as much again. */
export function homePage({ name, version, links, endpoints }: Directory): Page {
  const nav = Object.entries(LINKS).flatMap(([link, label]) => {
    const href = links[link as keyof typeof LINKS]
    return href === undefined ? [] : [html`<a href="${href}">${label}</a>`]
  })
  const body = html`<main>
      <h1>${name} <small>${version}</small></h1>
      <p>An authentication service: sign-up, log-in, tokens and sessions.</p>
      ${nav.length > 0 && html`<nav>${nav}</nav>`}
      ${list(endpoints.filter(({ isForAdmins }) => !isForAdmins))}
      <details><summary>For admins</summary>${list(endpoints.filter(({ isForAdmins }) => isForAdmins))}</details>
    </main>`
  return { language: 'en', title: name, body }
}

function list(endpoints: Endpoint[]) {
  return html`<ul>
        ${endpoints.map(({ method, href, summary, isOpen }) => {
          const address = isOpen ? html`<a href="${href}">/${href}</a>` : `/${href}`
          return html`<li><code><b>${method}</b> ${address}</code><span>${summary}</span></li>`
        })}
      </ul>`
}
