import type { LinkPurpose } from '../core/one-time-tokens/purposes.ts'
import { type DueMail, MAILS, type RenderMail } from '../core/outbox/mails.ts'
import { contentOf, type Sent } from './content.ts'
import { htmlOf } from './layout.tsx'
import type { LinkTo } from './links.ts'
import { textOf } from './text.ts'

export type MailSettings = {
  projectName: string
  linkTo: LinkTo
  /** Makes a one-time token. The same for the same row, so that a mail can be rendered at any time. */
  mint: (purpose: LinkPurpose, token: { id: string; userId: string }) => Promise<string>
  /** Makes the code of a row, the same each time as well. */
  code: (id: string) => Promise<string>
}

/**
 * Makes what renders mails. A mail is the same each time. Nothing that a person typed changes how it is built: values are
 * one line of visible characters, and text wherever they stand.
 */
export function createRenderMail({ projectName, linkTo, mint, code }: MailSettings): RenderMail {
  async function sentFor({ name, token }: DueMail): Promise<Sent> {
    const purpose = MAILS[name]
    if (purpose === null) return {}
    // A button without a link, or one that does something else, helps nobody.
    if (token?.purpose !== purpose) throw new Error(`a mail ${name} needs a token to ${purpose}`)
    if (purpose === 'login_code') return { code: await code(token.id) }
    return { link: { purpose, url: linkTo(purpose, await mint(purpose, token)) } }
  }

  return async (due) => {
    const content = contentOf(due, projectName, await sentFor(due))
    return {
      id: due.id,
      to: due.recipient,
      subject: content.subject,
      html: await htmlOf(content),
      text: textOf(content),
    }
  }
}
