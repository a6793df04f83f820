import { dueMail } from '../../../core/outbox/claim.ts'
import type { Mail } from '../../../core/outbox/mails.ts'
import { isUuid } from '../../../core/tokens/claims.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import { identifierKey } from '../../../utils/identifiers.ts'
import { deleteKeptMails, selectKeptMail, selectKeptMails } from './repository.ts'

/** A mail as its recipient would have it. */
export type KeptMail = Mail & { links: string[]; sentAt: Date }

type Row = Awaited<ReturnType<typeof selectKeptMails>>[number]

const HREF = /<a\b[^>]*\shref="([^"]*)"/g
const AMPERSAND = /&amp;/g

/** Returns the newest mails that were kept instead of sent, the newest first, or those to one address. */
export async function listMails(deps: Deps, to: string | undefined): Promise<KeptMail[]> {
  const rows = await selectKeptMails(deps.db, { addressKey: keyOf(to) })
  const mails = await Promise.all(rows.map((row) => rendered(deps, row)))
  return mails.filter((mail) => mail !== undefined)
}

/** Returns a mail that was kept; throws `not_found` where there is none of this id. */
export async function showMail(deps: Deps, id: string): Promise<KeptMail> {
  const [row] = isUuid(id) ? await selectKeptMail(deps.db, { id }) : []
  const mail = row && (await rendered(deps, row))
  if (!mail) throw new AppError('not_found', { detail: 'There is no such mail any more.' })
  return mail
}

/** Deletes the mails that were kept, or those to one address. */
export async function emptyMailbox({ db }: Deps, to: string | undefined): Promise<void> {
  await deleteKeptMails(db, { addressKey: keyOf(to) })
}

const keyOf = (to: string | undefined) => (to === undefined ? null : identifierKey(to.trim()))

/** The database holds no mail as such, and no token: it is made once more as it was sent. */
async function rendered({ renderMail }: Deps, row: Row): Promise<KeptMail | undefined> {
  const due = dueMail(row)
  if (!due) return undefined
  const mail = await renderMail(due)
  return { ...mail, links: linksOf(mail.html), sentAt: row.sentAt }
}

/** The addresses that a mail links to, each once. Its text may hold others, which a user wrote. */
function linksOf(html: string): string[] {
  const links = Array.from(html.matchAll(HREF), ([, href = '']) => href.replace(AMPERSAND, '&'))
  return [...new Set(links)]
}
