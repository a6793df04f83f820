import { type LinkPurpose, PURPOSES } from '../core/one-time-tokens/purposes.ts'
import { type DueMail, type Language, MAILS } from '../core/outbox/mails.ts'
import { addressOf, deviceOf, lifetimeOf, momentOf, shown } from './values.ts'
import { filled, type MailWords, type Phrase, plain, type Values, type Words } from './words.ts'
import { german } from './words-de.ts'
import { english } from './words-en.ts'

export const WORDS: Record<Language, Words> = { en: english, de: german }

/** A link, and what it is for. */
export type Link = { url: string; purpose: LinkPurpose }

/** What a mail is sent for, if it does not only tell: its link, or its code. */
export type Sent = { link?: Link; code?: string }

/** All that a mail says. Its two forms, HTML and text, show the same. */
export type Content = {
  language: Language
  project: string
  subject: string
  greeting: Phrase
  paragraphs: readonly Phrase[]
  action: { label: string; url: string; onlyOnce: string; withoutButton: string } | undefined
  /** What is to be typed. */
  code: { digits: string; onlyOnce: string } | undefined
  /** Who did what the mail tells of, and when. */
  facts: readonly { name: string; value: string }[]
  note: Phrase
  footer: string
}

/** Says a mail in its language. The same for the same row, for it depends on nothing else. */
export function contentOf(due: DueMail, projectName: string, { link, code }: Sent): Content {
  const words = WORDS[due.language]
  const mail: MailWords = words.mails[due.name]
  const purpose = MAILS[due.name]
  const values: Values = {
    project: shown('project', projectName),
    username: shown('username', due.data.username),
    new_email: shown('new_email', due.data.new_email ?? ''),
    passkey: shown('passkey', due.data.passkey ?? ''),
    provider: shown('provider', due.data.provider ?? ''),
    lifetime: purpose ? lifetimeOf(PURPOSES[purpose].lifetimeSeconds, words.locale) : '',
  }
  const say = (text: string) => filled(text, values)
  return {
    language: due.language,
    project: values.project,
    subject: plain(say(mail.subject)),
    greeting: say(mail.greeting ?? words.greeting),
    paragraphs: mail.paragraphs.map(say),
    action:
      link && mail.button !== undefined
        ? {
            label: mail.button,
            url: link.url,
            onlyOnce: plain(say(words.onlyOnce)),
            withoutButton: words.withoutButton,
          }
        : undefined,
    code:
      code === undefined ? undefined : { digits: code, onlyOnce: plain(say(words.codeOnlyOnce)) },
    facts: factsOf(due, words),
    note: say(mail.note),
    footer: plain(say(words.footer)),
  }
}

function factsOf({ createdAt, data }: DueMail, words: Words): Content['facts'] {
  const facts = [
    { name: words.when, value: momentOf(createdAt, words.locale) },
    { name: words.device, value: deviceOf(data.user_agent) },
    { name: words.address, value: addressOf(data.ip) },
  ]
  return facts.flatMap(({ name, value }) => (value === undefined ? [] : [{ name, value }]))
}
