import type { MailProvider, MailSettings } from '../config/mail.ts'
import type { Mailer } from '../core/outbox/mails.ts'
import { ConfigError } from '../utils/config-error.ts'
import { createHttpMailer } from './mailer-http.ts'
import { mailboxMailer } from './mailer-mailbox.ts'
import { required } from './mailer-parts.ts'
import { createSmtpMailer } from './mailer-smtp-node.ts'

const MAILERS: Record<MailProvider, (settings: MailSettings) => Mailer | undefined> = {
  http: ({ from, api }) =>
    createHttpMailer({
      from: required(from, 'MAIL_FROM'),
      url: api.url,
      key: required(api.key, 'MAIL_API_KEY'),
    }),
  smtp: ({ from, smtpUrl }) =>
    createSmtpMailer({
      from: required(from, 'MAIL_FROM'),
      url: required(smtpUrl, 'SMTP_URL'),
    }),
  cloudflare: () => {
    throw ConfigError.of(['MAIL_PROVIDER: must not be cloudflare on Node, for only a Worker can'])
  },
  mailbox: () => mailboxMailer,
  none: () => undefined,
}

/** Returns what sends mails on Node, or undefined if nothing does. */
export function nodeMailer(settings: MailSettings): Mailer | undefined {
  return MAILERS[settings.provider](settings)
}
