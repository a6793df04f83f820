import { html, raw } from 'hono/html'
import type { LinkPurpose } from '../../../core/one-time-tokens/purposes.ts'
import type { Language } from '../../../core/outbox/mails.ts'
import type { Markup, Page } from '../../../http/page.ts'
import { type Brand, cardBody, logoSource } from '../../../http/page-card.ts'
import type { Words } from '../words.ts'
import { german } from '../words-de.ts'
import { english } from '../words-en.ts'

const WORDS: Readonly<Record<Language, Words>> = { en: english, de: german }

/** Whose page it is, and for whom. */
export type Setting = Brand & {
  language: Language
  appUrl: string | undefined
  /** True where people can log in at this service's own pages. */
  hasLogin: boolean
  minCharacters: number
}

export type ProblemWord = keyof Words['problems']

type Form = {
  purpose: LinkPurpose
  token: string
  /** Why the password was refused. */
  refused?: string | undefined
  /** Why nothing was done, where the same form may do it. */
  problem?: ProblemWord | undefined
}

/** A link's page, with a button. The address that its form is sent to leaves the token out. */
export function formPage(setting: Setting, { purpose, token, refused, problem }: Form): Page {
  const words = WORDS[setting.language]
  const { title, text, button } = words.links[purpose]
  const failed = problem && words.problems[problem]
  const isRefused = refused !== undefined || failed !== undefined
  return card(setting, {
    title: isRefused ? `${words.error}: ${title}` : title,
    content: html`<h1>${title}</h1>
        <p>${text}</p>
        <form method="post" action="${pathOf(purpose)}">
          <input type="hidden" name="token" value="${token}">
          ${purpose === 'reset_password' && passwordField(setting, refused)}
          ${failed && html`<p class="error" role="alert">${failed.title}. ${failed.text}</p>`}
          <button>${button}</button>
        </form>`,
    sources: { 'form-action': "'self'" },
  })
}

/** Relative, so that it is right under a path prefix. */
function pathOf(purpose: LinkPurpose): string {
  return purpose.replaceAll('_', '-')
}

function passwordField({ language, minCharacters }: Setting, refused: string | undefined): Markup {
  const { fields, newPassword, passwordHint } = WORDS[language]
  const put = (text: string) => text.replace('{min}', String(minCharacters))
  const error = refused && put(isWord(fields, refused) ? fields[refused] : fields.invalid)
  const described = error ? 'password-error password-hint' : 'password-hint'
  return html`<div class="field"><label for="password">${newPassword}</label>
          <input id="password" name="new_password" type="password" autocomplete="new-password"
            minlength="${minCharacters}" required autofocus
            aria-describedby="${described}"${error && raw(' aria-invalid="true"')}>
          ${error && html`<p class="error" id="password-error">${error}</p>`}
          <p class="hint" id="password-hint">${put(passwordHint)}</p></div>`
}

function isWord(fields: Words['fields'], code: string): code is keyof Words['fields'] {
  return Object.hasOwn(fields, code)
}

/** What was done, and what to do next. */
export function donePage(setting: Setting, purpose: LinkPurpose): Page {
  const words = WORDS[setting.language]
  const { title, text } = words.links[purpose].done
  return notice(setting, { title, text })
}

/** Why nothing was done. */
export function problemPage(setting: Setting, purpose: LinkPurpose, problem: ProblemWord): Page {
  const words = WORDS[setting.language]
  const { title, text } = words.problems[problem]
  const renew = problem === 'link' ? [words.links[purpose].renew] : []
  return notice(setting, { title, text: [text, ...renew] })
}

function notice(
  setting: Setting,
  { title, text }: { title: string; text: readonly string[] },
): Page {
  const { language, project, appUrl, hasLogin } = setting
  const { toApp: label, toLogin } = WORDS[language]
  const toApp = label.replace('{name}', () => project)
  return card(setting, {
    title,
    content: html`<h1>${title}</h1>
        ${text.map((paragraph) => html`<p>${paragraph}</p>`)}
        ${appUrl !== undefined && html`<p><a class="button" href="${appUrl}">${toApp}</a></p>`}
        ${appUrl === undefined && hasLogin && html`<p><a class="button" href="login">${toLogin}</a></p>`}`,
  })
}

type Card = Pick<Page, 'title' | 'sources'> & { content: Markup }

function card(setting: Setting, { title, content, sources }: Card): Page {
  return {
    language: setting.language,
    title: `${title} – ${setting.project}`,
    body: cardBody(setting, content),
    sources: { ...logoSource(setting), ...sources },
  }
}
