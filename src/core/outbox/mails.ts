import type { Purpose } from '../one-time-tokens/purposes.ts'

/** The languages of mails and pages. */
export const LANGUAGES = ['en', 'de'] as const
export type Language = (typeof LANGUAGES)[number]

/** Returns the language to write to somebody in: that of the locale, where there are words in it. */
export function languageFor(locale: string | null, otherwise: Language): Language {
  return LANGUAGES.find((language) => locale?.split('-')[0] === language) ?? otherwise
}

/** The closed list of mails, each with the purpose of the token in its link, or of its code. Null for a mail that only tells. */
export const MAILS = {
  verify_email: 'verify_email',
  reset_password: 'reset_password',
  confirm_email: 'confirm_email',
  email_changed: 'undo_email_change',
  password_changed: null,
  sessions_ended: null,
  new_device: null,
  address_in_use: null,
  username_taken: null,
  account_deleted: null,
  account_created: 'reset_password',
  login_code: 'login_code',
  totp_added: null,
  totp_removed: null,
  passkey_added: null,
  passkey_removed: null,
  passkey_suspended: null,
  recovery_codes_replaced: null,
  recovery_code_used: null,
  factors_removed: null,
  identity_linked: null,
  identity_unlinked: null,
  identity_removed: null,
  account_claimed: null,
} as const satisfies Record<string, Purpose | null>

export type MailName = keyof typeof MAILS

/** What a mail says besides its words. Nothing in it works as a token. */
export type MailData = {
  username: string
  /** The new address, where it is not that of the recipient. */
  new_email?: string | null
  /** The name of the passkey that it is about. */
  passkey?: string | null
  /** The name of the provider that it is about. */
  provider?: string | null
  /** Who did what the mail tells of. */
  ip?: string | null
  user_agent?: string | null
}

/** A mail that is due, as the outbox holds it. */
export type DueMail = {
  id: string
  name: MailName
  recipient: string
  language: Language
  data: MailData
  /** The one-time token of its link or code. */
  token: { id: string; userId: string; purpose: Purpose } | null
  /** When the change happened that the mail is about. */
  createdAt: Date
}

/** A mail that can be sent. The same each time that it is rendered, for a provider may see it twice. */
export type Mail = { id: string; to: string; subject: string; html: string; text: string }

/** Renders a mail in its language. */
export type RenderMail = (due: DueMail) => Promise<Mail>

/**
 * Gives a mail to a provider. Throws `MailNotSent` unless the provider took it. The id goes along as an idempotency key,
 * because a provider may have taken a mail although its answer was lost.
 */
export type Mailer = {
  send: (mail: Mail) => Promise<void>
  /** True for the mailbox of development: its mails stay in the database, where /dev/mail shows them. */
  keepsMails: boolean
}

/** A provider did not take a mail. The mail is sent again later. */
export class MailNotSent extends Error {
  override readonly name = 'MailNotSent'
  /** For the log, such as HTTP_500, TIMEOUT or SMTP_451. Never a message, which may quote the recipient or a key. */
  readonly code: string
  /** How long the provider wants to be left alone. */
  readonly retryAfterSeconds: number | undefined

  constructor(code: string, options: ErrorOptions & { retryAfterSeconds?: number } = {}) {
    super(code, options)
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}
