import type { Mailer } from '../core/outbox/mails.ts'

/** The mailbox of development. A mail is in the database already, where /dev/mail finds it. */
export const mailboxMailer: Mailer = { send: async () => {}, keepsMails: true }
