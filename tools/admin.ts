import { parseArgs } from 'node:util'
import {
  grantAsOperatorTo,
  listAdmins,
  removeFactorsAsOperatorOf,
  revokeAsOperatorFrom,
  userIdOf,
} from '../src/core/access/operator.ts'
import { ADMIN } from '../src/core/access/permissions.ts'
import { createUser } from '../src/core/accounts/create.ts'
import { issuePasswordLink } from '../src/core/accounts/password-link.ts'
import { NO_REQUEST } from '../src/core/audit/origin.ts'
import { connect } from '../src/database/connect.ts'
import { failureCode } from '../src/database/errors.ts'
import type { Connection } from '../src/database/index.ts'
import type { DatabaseSettings } from '../src/database/settings.ts'
import { AppError, sentenceOf } from '../src/errors.ts'
import { isUsername, mailbox, shownUsername } from '../src/utils/identifiers.ts'
import { databaseConfig } from './database-config.ts'
import { passwordLinks } from './password-link.ts'

const USAGE = `npm run admin -- create --username NAME --email ADDRESS   makes an account that is an admin, and prints a link
                                                          by which its owner chooses a password
npm run admin -- link USERNAME|EMAIL                      prints another such link, to anybody who gets no mail
npm run admin -- grant USERNAME|EMAIL                     makes a user an admin
npm run admin -- revoke USERNAME|EMAIL                    makes an admin a user again; the last one stays
npm run admin -- remove-factors USERNAME|EMAIL            removes all second factors of a user who has lost them
npm run admin -- list                                     shows who is an admin
With --remote it only says what to set for the database of a Worker, or of another machine.`

const REMOTE = `It acts on the database that DATABASE_URL names. Give it that of the Worker, before the command or in .env:

  DATABASE_URL='postgres://…'     Neon's connection string, as it was put by: wrangler secret put DATABASE_URL
  DATABASE_SCHEMA=…               if wrangler.toml sets it

create and link also sign a link, so they need what the Worker has besides:

  JWT_KEYS="$(cat keys.json)"     or JWT_SECRET_KEY
  JWT_ALGORITHM=ES256             as wrangler.toml has it, beside JWT_KEYS
  PUBLIC_URL=https://…            where the Worker is reached, or APP_BASE_URL

So, from this machine:

  DATABASE_URL='postgres://…' npm run admin -- grant ada@example.org`

const OPTIONS = {
  username: { type: 'string' },
  email: { type: 'string' },
  remote: { type: 'boolean', default: false },
} as const

type Given = { username: string | undefined; email: string | undefined; who: string | undefined }
type Command = (given: Given) => Promise<void>

const COMMANDS: Record<string, Command> = {
  create,
  link,
  grant: ({ who }) => withDatabase(databaseConfig(), (connection) => grant(connection, who)),
  revoke: ({ who }) => withDatabase(databaseConfig(), (connection) => revoke(connection, who)),
  'remove-factors': ({ who }) =>
    withDatabase(databaseConfig(), (connection) => removeFactors(connection, who)),
  list: () => withDatabase(databaseConfig(), list),
}

/** Commands that name a user. */
const OF_SOMEBODY = new Set(['link', 'grant', 'revoke', 'remove-factors'])

/** Creates an account that is an admin. Its owner chooses the password by the link, which is the one thing on stdout. */
async function create({ username = '', email = '' }: Given): Promise<void> {
  const name = username.trim()
  const address = mailbox(email.trim())
  if (!isUsername(name)) throw new Error('--username must be 3 to 32 letters, digits, . - or _')
  if (address === undefined) throw new Error('--email must be one address, like name@example.org')
  const { config, pseudonyms, linkOf } = await passwordLinks()
  await withDatabase(config.database, async ({ db, clock }) => {
    const none = { mailer: undefined, postman: { wake() {} } }
    const { account, tokenId } = await createUser(
      { db, clock, origin: NO_REQUEST, pseudonyms, config, ...none },
      { username: shownUsername(name), email: address, roles: [ADMIN], actor: null },
    )
    console.error(`${account.username} is an admin. A link to choose a password, for 30 minutes:`)
    console.log(await linkOf({ id: tokenId, userId: account.id }))
  })
}

/** Prints a link by which a user chooses a password. An older one, also one that was mailed, works no longer. */
async function link({ who = '' }: Given): Promise<void> {
  const { config, linkOf } = await passwordLinks()
  await withDatabase(config.database, async ({ db, clock }) => {
    const deps = { db, clock, origin: NO_REQUEST }
    const token = await issuePasswordLink(deps, await userIdOf(deps, who))
    console.error(`A link for ${who} to choose a password, for 30 minutes:`)
    console.log(await linkOf(token))
  })
}

async function grant({ db }: Connection, who: string | undefined): Promise<void> {
  const deps = { db, origin: NO_REQUEST }
  const { hadRole } = await grantAsOperatorTo(deps, await userIdOf(deps, who ?? ''), ADMIN)
  console.log(hadRole ? `${who} was an admin before.` : `${who} is an admin from now on.`)
}

async function revoke({ db }: Connection, who: string | undefined): Promise<void> {
  const deps = { db, origin: NO_REQUEST }
  const { hadRole } = await revokeAsOperatorFrom(deps, await userIdOf(deps, who ?? ''), ADMIN)
  console.log(hadRole ? `${who} is no admin any more.` : `${who} was no admin.`)
}

/** No mail tells, for the operator's machine need not know how to send one. */
async function removeFactors({ db }: Connection, who: string | undefined): Promise<void> {
  const deps = { db, origin: NO_REQUEST }
  const { hadFactors } = await removeFactorsAsOperatorOf(deps, await userIdOf(deps, who ?? ''))
  const done = `${who} has no second factor any more, and is logged out everywhere. Please tell them.`
  console.log(hadFactors ? done : `${who} had no second factor.`)
}

async function list({ db }: Connection): Promise<void> {
  const admins = await listAdmins({ db, origin: NO_REQUEST })
  for (const { username, email, isDisabled, canLogIn } of admins) {
    const why = [...(isDisabled ? ['disabled'] : []), ...(canLogIn ? [] : ['no password yet'])]
    console.log([username, email, ...why].join('\t'))
  }
  if (admins.length === 0) console.error('Nobody is an admin: npm run admin -- grant USERNAME')
}

/** What an operator may do about a database that is not as it should be. */
const ADVICE: Record<string, string> = {
  '42P01': 'its tables are not there yet: start the service once, or npm run db:migrate',
  '42703': 'its tables are of an older version: npm run db:migrate',
  '42501': 'its role lacks rights: npm run db:grants',
}

/** Does the work over the configured database. Says in words why it could not. */
async function withDatabase(
  settings: DatabaseSettings,
  work: (connection: Connection) => Promise<void>,
): Promise<void> {
  const connection = await connect(settings).catch((error: Error) => {
    if (failureCode(error) !== 'FOLDER_IN_USE') throw error
    throw new Error(
      `Nothing was done: a running service has the database in ${settings.folder}. Stop it, run this again, and start it.`,
    )
  })
  try {
    await work(connection)
  } catch (error) {
    const code = failureCode(error) ?? (error as Error).name
    const why = error instanceof AppError ? wordsOf(error) : (ADVICE[code] ?? code)
    throw new Error(`Nothing was done: ${why} (${connection.description})`)
  } finally {
    await connection.close()
  }
}

function wordsOf({ code, options }: AppError): string {
  const [refused] = options.errors ?? []
  return refused?.detail ?? options.detail ?? sentenceOf(code)
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true })
  const [name = '', who, ...more] = positionals
  if (values.remote) return console.log(REMOTE)
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  const takesWho = OF_SOMEBODY.has(name)
  const { username, email } = values
  const isNamed = username !== undefined || email !== undefined
  const fits =
    more.length === 0 && takesWho === (who !== undefined) && isNamed === (name === 'create')
  if (!command || !fits) throw new Error(USAGE)
  await command({ username, email, who })
}

main().catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})
