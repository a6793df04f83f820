import { z } from 'zod'
import { mailbox } from '../utils/identifiers.ts'
import { visible } from '../utils/visible.ts'

/** Who mails are from. */
export type MailFrom = Readonly<{ name?: string; address: string }>

const MAX_CHARACTERS = 400
/** A name in quotes or without any, and an address. Unquoted, none of what separates mailboxes (RFC 5322 section 3.4). */
const NAMED = /^(?:"((?:[^"\\]|\\.)*)"|([^"<>,;:@()[\]\\]*))\s*<([^<>]*)>$/u

/** One mailbox, `Name <address>` or an address alone. */
export const mailFrom = z
  .string()
  .max(MAX_CHARACTERS, 'is too long')
  .transform((written, context): MailFrom => {
    const [, quoted, plain = '', inBrackets] = NAMED.exec(written) ?? []
    const name = (quoted?.replace(/\\(.)/gu, '$1') ?? plain).trim()
    const address = mailbox(inBrackets ?? written)
    if (address === undefined || visible(name) !== name) {
      context.addIssue('must be one mailbox such as Example App <no-reply@example.org>')
      return z.NEVER
    }
    return name === '' ? { address } : { name, address }
  })
