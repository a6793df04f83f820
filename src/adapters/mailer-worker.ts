import type { MailProvider, MailSettings } from '../config/mail.ts'
import type { Mailer } from '../core/outbox/mails.ts'
import { ConfigError } from '../utils/config-error.ts'
import { createCloudflareMailer, type EmailBinding } from './mailer-cloudflare.ts'
import { createHttpMailer } from './mailer-http.ts'
import { mailboxMailer } from './mailer-mailbox.ts'
import { required } from './mailer-parts.ts'

type Env = Record<string, unknown>

const MAILERS: Record<MailProvider, (settings: MailSettings, env: Env) => Mailer | undefined> = {
  http: ({ from, api }) =>
    createHttpMailer({
      from: required(from, 'MAIL_FROM'),
      url: api.url,
      key: required(api.key, 'MAIL_API_KEY'),
    }),
  smtp: () => {
    throw ConfigError.of(['MAIL_PROVIDER: must not be smtp on Workers; take http or cloudflare'])
  },
  cloudflare: ({ from }, { EMAIL }) => {
    if (!isEmailBinding(EMAIL)) {
      throw ConfigError.of([
        'EMAIL: is no send_email binding, which MAIL_PROVIDER=cloudflare needs (docs/cloudflare.md)',
      ])
    }
    return createCloudflareMailer({ from: required(from, 'MAIL_FROM'), binding: EMAIL })
  },
  mailbox: () => mailboxMailer,
  none: () => undefined,
}

/** Returns what sends mails on Workers, or undefined if nothing does. Throws a ConfigError for what only Node can. */
export function workerMailer(settings: MailSettings, env: Env): Mailer | undefined {
  return MAILERS[settings.provider](settings, env)
}

function isEmailBinding(binding: unknown): binding is EmailBinding {
  return typeof Object(binding).send === 'function'
}
