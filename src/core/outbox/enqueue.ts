import { AppError } from '../../errors.ts'
import { uuidv7 } from '../../utils/uuid.ts'
import type { CoreDeps } from '../deps.ts'
import type { Client } from '../sessions/session.ts'
import type { Language } from './mails.ts'

/** Who caused a mail, and in which language they read. */
export type Requester = Client & { language: Language }

/** The values of `MAIL_PARAMS`. Without a mailer there is no id, and so no mail. */
export function mailValues(
  deps: Pick<CoreDeps, 'clock' | 'mailer'>,
  { language }: { language: Language },
): { mailId: string | null; language: Language } {
  return { mailId: deps.mailer ? newId(deps) : null, language }
}

/** A new id of a row, for a token or a mail. */
export function newId({ clock }: Pick<CoreDeps, 'clock'>): string {
  return uuidv7(clock.now().getTime())
}

/** Throws `mail_not_configured` where the service cannot send mail. */
export function requireMailer({ mailer }: Pick<CoreDeps, 'mailer'>): void {
  if (!mailer) throw new AppError('mail_not_configured')
}
