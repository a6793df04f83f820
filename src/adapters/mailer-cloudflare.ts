import { type Mailer, MailNotSent } from '../core/outbox/mails.ts'
import { HEADERS, headOf, type MailerOptions, SEND_DEADLINE_MILLISECONDS } from './mailer-parts.ts'

/** The binding of Cloudflare's Email Sending, as far as it is used. */
export type EmailBinding = {
  send: (message: {
    from: string | { email: string; name: string }
    to: string
    subject: string
    html: string
    text: string
    headers: Record<string, string>
  }) => Promise<unknown>
}

const FAULT = /^E_[A-Z_]{2,60}$/
/** The binding names a limit, but not when it is over. */
const RETRY_AFTER_SECONDS: Record<string, number> = {
  E_RATE_LIMIT_EXCEEDED: 60,
  E_DAILY_LIMIT_EXCEEDED: 3_600,
}

/**
 * Sends mails by a Worker's `send_email` binding. It has no idempotency key: a mail whose answer was lost is sent twice, with
 * the same X-Entity-Ref-ID.
 */
export function createCloudflareMailer({
  binding,
  from: { name, address },
  deadlineMilliseconds = SEND_DEADLINE_MILLISECONDS,
}: MailerOptions & { binding: EmailBinding }): Mailer {
  const from = name === undefined ? address : { email: address, name }
  return {
    keepsMails: false,
    async send(mail) {
      const { id, to, subject } = headOf(mail)
      const { html, text } = mail
      const headers = { ...HEADERS, 'X-Entity-Ref-ID': id }
      const give = async () => binding.send({ from, to, subject, html, text, headers })
      await within(deadlineMilliseconds, give().catch(refused))
    },
  }
}

function refused(error: unknown): never {
  const { code } = Object(error)
  const fault = typeof code === 'string' && FAULT.test(code) ? code : 'REFUSED'
  const retryAfterSeconds = RETRY_AFTER_SECONDS[fault]
  throw new MailNotSent(fault, retryAfterSeconds === undefined ? {} : { retryAfterSeconds })
}

async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new MailNotSent('TIMEOUT')), milliseconds)
  try {
    await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
