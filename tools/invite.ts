import { parseArgs } from 'node:util'
import { importKey } from '../src/adapters/keys-node.ts'
import { NO_REQUEST } from '../src/core/audit/origin.ts'
import { type Invitation, invitationLink, invite } from '../src/core/invitations/invite.ts'
import { INVITATION } from '../src/core/one-time-tokens/purposes.ts'
import { createOneTimeTokens } from '../src/core/one-time-tokens/tokens.ts'
import { connect } from '../src/database/connect.ts'
import { failureCode } from '../src/database/errors.ts'
import { AppError } from '../src/errors.ts'
import { mailbox } from '../src/utils/identifiers.ts'
import { serviceConfig } from './service-config.ts'

const DAY_SECONDS = 86_400
const MAX_DAYS = 90

const OPTIONS = {
  email: { type: 'string' },
  days: { type: 'string', default: String(INVITATION.lifetimeSeconds / DAY_SECONDS) },
} as const

type Wanted = { email: string | undefined; lifetimeSeconds: number }

/** Reads the command line. Throws for what cannot be meant. */
function wantedBy(args: string[]): Wanted {
  const { values } = parseArgs({ args, options: OPTIONS })
  const days = /^\d{1,3}$/.test(values.days) ? Number(values.days) : 0
  if (days < 1 || days > MAX_DAYS) throw new Error(`--days must be from 1 to ${MAX_DAYS}`)
  const email = values.email === undefined ? undefined : mailbox(values.email.trim())
  if (values.email !== undefined && email === undefined) {
    throw new Error('--email must be one address, such as name@example.org')
  }
  return { email, lifetimeSeconds: days * DAY_SECONDS }
}

/** Issues an invitation in the service's database, signed with the service's keys. */
async function issue(
  wanted: Wanted,
): Promise<{ invitation: Invitation; link: string | undefined }> {
  const config = serviceConfig()
  const oneTimeTokens = await createOneTimeTokens(config.tokens, importKey)
  const connection = await connect(config.database)
  try {
    const { db, clock } = connection
    const invitation = await invite(
      { db, clock, oneTimeTokens, config, origin: NO_REQUEST },
      wanted,
    )
    return { invitation, link: invitationLink(config, invitation.token) }
  } catch (error) {
    const [refused] = error instanceof AppError ? (error.options.errors ?? []) : []
    const why = refused?.detail ?? failureCode(error) ?? (error as Error).name
    throw new Error(`There is no invitation: ${why} (${connection.description})`)
  } finally {
    await connection.close()
  }
}

/** Prints an invitation to sign up: `npm run invite -- --email ada@example.org --days 7`. */
async function main(): Promise<void> {
  const wanted = wantedBy(process.argv.slice(2))
  const { invitation, link } = await issue(wanted)
  const { token, expiresAt } = invitation
  const until = expiresAt.toISOString().slice(0, 16).replace('T', ' ')
  // Standard output has only the secret, for whatever sends it on.
  console.error(`An invitation for ${wanted.email ?? 'whoever has it'}, until ${until} UTC:`)
  console.log(link ?? token)
}

main().catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})
