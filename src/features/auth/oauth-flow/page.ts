import { html } from 'hono/html'
import type { Language } from '../../../core/outbox/mails.ts'
import type { Page } from '../../../http/page.ts'
import { type Brand, cardBody, logoSource } from '../../../http/page-card.ts'

/** What can be said of a sign-in that no app waits for. */
export type SignInProblem = 'state' | 'limited' | 'failed'

type Words = Record<SignInProblem, { title: string; text: string }> & { toApp: string }

const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    state: {
      title: 'This sign-in is not valid any more',
      text: 'It took too long, is finished already, or was begun in another browser. Nothing was changed. Please go back to the app and start again.',
    },
    limited: {
      title: 'There were too many tries',
      text: 'Please wait a few minutes, and then start again in the app.',
    },
    failed: {
      title: 'The sign-in did not work',
      text: 'Nothing was changed. Please go back to the app and start again.',
    },
    toApp: 'Go to {name}',
  },
  de: {
    state: {
      title: 'Diese Anmeldung gilt nicht mehr',
      text: 'Sie hat zu lange gedauert, ist schon abgeschlossen oder wurde in einem anderen Browser begonnen. Es wurde nichts geändert. Bitte gehen Sie zurück zur App und beginnen Sie von vorn.',
    },
    limited: {
      title: 'Es waren zu viele Versuche',
      text: 'Bitte warten Sie ein paar Minuten und beginnen Sie dann in der App von vorn.',
    },
    failed: {
      title: 'Die Anmeldung hat nicht geklappt',
      text: 'Es wurde nichts geändert. Bitte gehen Sie zurück zur App und beginnen Sie von vorn.',
    },
    toApp: 'Weiter zu {name}',
  },
}

type Setting = Brand & { language: Language; appUrl: string | undefined }

/** What a browser shows whose sign-in leads nowhere. Nothing of the request is in it. */
export function signInPage(setting: Setting, problem: SignInProblem): Page {
  const { language, project, appUrl } = setting
  const { toApp, ...words } = WORDS[language]
  const { title, text } = words[problem]
  const label = toApp.replace('{name}', () => project)
  return {
    language,
    title: `${title} – ${project}`,
    body: cardBody(
      setting,
      html`<h1>${title}</h1>
        <p>${text}</p>
        ${appUrl !== undefined && html`<p><a class="button" href="${appUrl}">${label}</a></p>`}`,
    ),
    sources: logoSource(setting),
  }
}
