import type { LinkPurpose } from '../core/one-time-tokens/purposes.ts'
import type { MAILS, MailName } from '../core/outbox/mails.ts'

/** What can stand in words, in braces. */
export type Values = Record<
  'project' | 'lifetime' | 'username' | 'new_email' | 'passkey' | 'provider',
  string
>

/** What somebody chose of it. */
const CHOSEN = ['username', 'new_email', 'passkey', 'provider']

/** What one mail says. */
export type MailWords = {
  subject: string
  /** Instead of the usual one, where the reader is not the one that the mail names. */
  greeting?: string
  paragraphs: readonly string[]
  button?: string
  /** What to do, or not to do, if the mail was not expected. */
  note: string
}

/** A mail with a link has a button for it, and no other has one. */
type ButtonOf<Name extends MailName> = (typeof MAILS)[Name] extends LinkPurpose
  ? { button: string }
  : { button?: never }

/** All that mails say in one language. */
export type Words = {
  greeting: string
  /** Below the button. */
  onlyOnce: string
  withoutButton: string
  /** Below a code. */
  codeOnlyOnce: string
  when: string
  device: string
  address: string
  footer: string
  /** How dates and numbers are written: in English that depends on the country. */
  locale: string
  mails: { [Name in MailName]: MailWords & ButtonOf<Name> }
}

/** Words with their values put in. What somebody chose is kept apart, for it is shown in another way. */
export type Phrase = readonly (string | { chosen: string })[]

const PLACEHOLDER = /\{(\w+)\}/

/** Puts values into words, in one pass: braces inside a value are text. */
export function filled(words: string, values: Values): Phrase {
  return words.split(PLACEHOLDER).map((part, at) => {
    if (at % 2 === 0) return part
    const value = values[part as keyof Values]
    return CHOSEN.includes(part) ? { chosen: value } : value
  })
}

/** A phrase as plain text. */
export function plain(phrase: Phrase): string {
  return phrase.map((part) => (typeof part === 'string' ? part : part.chosen)).join('')
}
