import type { MailFrom } from '../config/mail-from.ts'
import { type Mail, MailNotSent } from '../core/outbox/mails.ts'
import { ConfigError } from '../utils/config-error.ts'
import { mailbox } from '../utils/identifiers.ts'
import { visible } from '../utils/visible.ts'

/** How long a provider may take for a mail, from the first byte to the last. */
export const SEND_DEADLINE_MILLISECONDS = 10_000

/** No program that answers mails by itself answers these (RFC 3834). */
export const HEADERS = { 'Auto-Submitted': 'auto-generated' }

/** What all mailers are made of. */
export type MailerOptions = { from: MailFrom; deadlineMilliseconds?: number }

/** What stands in the headers of a mail. */
type Head = Pick<Mail, 'id' | 'to' | 'subject'>

const ID = /^[\w-]{1,64}$/

/** Returns what is safe in headers. Throws for a mail that is not to exactly one mailbox, for nobody else may get it. */
export function headOf({ id, to, subject }: Head): Head {
  const recipient = mailbox(to)
  if (recipient === undefined) throw new MailNotSent('RECIPIENT_INVALID')
  if (!ID.test(id)) throw new MailNotSent('ID_INVALID')
  return { id, to: recipient, subject: visible(subject.replaceAll(/\s+/gu, ' ')).trim() }
}

/** Returns a part of the configuration, which has checked that it is there with this provider. */
export function required<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw ConfigError.of([`${name}: is required with this MAIL_PROVIDER`])
  return value
}
