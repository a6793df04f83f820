import type { MailFrom } from '../config/mail-from.ts'
import { type Mail, type Mailer, MailNotSent } from '../core/outbox/mails.ts'
import { boundedText, faultOf, membersOf } from './fetched.ts'
import { HEADERS, headOf, type MailerOptions, SEND_DEADLINE_MILLISECONDS } from './mailer-parts.ts'

type HttpMailerOptions = MailerOptions & { url: string; key: string }

const MAX_ANSWER_BYTES = 65_536
const MAX_RETRY_AFTER_SECONDS = 3_600
/** What must stand in quotes, or the address would seem to begin elsewhere. */
const SPECIALS = /[()<>[\]:;@\\,."]/
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
/** The key was used with other content: the mail was taken, and has been rendered anew since. */
const TAKEN_BEFORE = 'invalid_idempotent_request'

/**
 * Sends mails by the HTTP API of Resend, or of whoever has the same. The mail's id is the idempotency key, so that a mail
 * that was taken before is not sent again.
 */
export function createHttpMailer(options: HttpMailerOptions): Mailer {
  const { deadlineMilliseconds = SEND_DEADLINE_MILLISECONDS } = options
  return {
    keepsMails: false,
    async send(mail) {
      const request = requestOf(mail, options)
      // The deadline holds for the body of the answer, too.
      const signal = AbortSignal.timeout(deadlineMilliseconds)
      try {
        await judge(await fetch(`${options.url}/emails`, { ...request, signal }))
      } catch (error) {
        throw error instanceof MailNotSent ? error : new MailNotSent(faultOf(error, signal))
      }
    },
  }
}

function requestOf(mail: Mail, { from, key }: HttpMailerOptions): RequestInit {
  const { id, to, subject } = headOf(mail)
  const { html, text } = mail
  return {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'idempotency-key': id,
      // Workers send none by themselves, and Resend refuses that.
      'user-agent': 'edge-auth',
    },
    body: JSON.stringify({ from: written(from), to: [to], subject, html, text, headers: HEADERS }),
    // The key is for this address alone.
    redirect: 'manual',
  }
}

/** Writes a mailbox as mails do (RFC 5322 section 3.4). */
function written({ name, address }: MailFrom): string {
  if (name === undefined) return address
  const shown = SPECIALS.test(name) ? `"${name.replaceAll(/["\\]/g, '\\$&')}"` : name
  return `${shown} <${address}>`
}

/** Returns if the answer says that the provider has the mail. */
async function judge(answer: Response): Promise<void> {
  if (!answer.ok && answer.status !== 409) {
    await answer.body?.cancel()
    throw new MailNotSent(`HTTP_${answer.status}`, retryAfter(answer))
  }
  const said = await jsonOf(answer)
  // A proxy that wants somebody to log in answers 200, too, with a page.
  if (answer.ok && typeof said.id === 'string' && said.id !== '') return
  if (answer.ok) throw new MailNotSent('ANSWER_UNKNOWN')
  if (said.name !== TAKEN_BEFORE) throw new MailNotSent('HTTP_409')
}

/** Reads no more than an answer of this API has. */
async function jsonOf(answer: Response): Promise<Record<string, unknown>> {
  const text = await boundedText(answer, MAX_ANSWER_BYTES)
  if (text === undefined) throw new MailNotSent('ANSWER_TOO_LONG')
  return membersOf(text)
}

/** How long the provider wants to be left alone, in seconds or until a date by its own clock. */
function retryAfter({ status, headers }: Response): { retryAfterSeconds?: number } {
  const value = headers.get('retry-after')?.trim() ?? ''
  if (status !== 429 && status !== 503) return {}
  const seconds = /^\d+$/.test(value) ? Number(value) : secondsUntil(value, headers.get('date'))
  if (seconds === undefined) return {}
  return { retryAfterSeconds: Math.min(Math.max(Math.ceil(seconds), 1), MAX_RETRY_AFTER_SECONDS) }
}

function secondsUntil(date: string, today: string | null): number | undefined {
  if (!HTTP_DATE.test(date)) return undefined
  const now = HTTP_DATE.test(today ?? '') ? Date.parse(today ?? '') : Date.now()
  const seconds = (Date.parse(date) - now) / 1000
  return Number.isNaN(seconds) ? undefined : seconds
}
