import { parseAccess } from '../../../core/access/permissions.ts'
import { type Account, NEW_ACCOUNT } from '../../../core/accounts/account.ts'
import { alreadyTaken } from '../../../core/accounts/already-taken.ts'
import { refuseDomain } from '../../../core/accounts/mail-domains.ts'
import { missingChallenge, requireHuman } from '../../../core/humans/human-check.ts'
import { invitationIdOf, missingInvitation } from '../../../core/invitations/admit.ts'
import { forgiveTry } from '../../../core/limits/forgive.ts'
import { countOutgoing } from '../../../core/limits/outgoing.ts'
import { unlessRefused } from '../../../core/limits/refuse.ts'
import { mailsOf, triesOf } from '../../../core/limits/tries.ts'
import { mailValues, newId, type Requester } from '../../../core/outbox/enqueue.ts'
import { refusePassword } from '../../../core/passwords/policy.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import { identifierKey } from '../../../utils/identifiers.ts'
import { countSignup, insertUser } from './repository.ts'

type SignupInput = {
  username: string
  email: string
  password: string
  invitation: string | undefined
  challengeToken: string | undefined
}

/** A concurrent sign-up can take an identifier unseen. The next attempt sees it. */
const MAX_ATTEMPTS = 3

/**
 * Creates an account and mails a link to verify its address. Throws `already_taken` with the fields that are taken. Of
 * parallel sign-ups for a name, one succeeds. None is made for a client that left before its password was hashed, so
 * that it can try again. Where addresses must be verified, the answer is `undefined` whatever happened, and the mails
 * tell. Throws `signup_closed`, `one_time_token_invalid` for an invitation that is not good, and `validation_failed`, all
 * before it hashes.
 */
export async function signup(
  deps: Deps,
  { username, email, password, invitation, challengeToken }: SignupInput,
  { ip, language }: Requester,
  signal: AbortSignal,
): Promise<Account | undefined> {
  refuseIncomplete(deps, { email, invitation, challengeToken })
  const invitationId = await invitationIdOf(deps, invitation)
  const usernameKey = identifierKey(username)
  const emailKey = identifierKey(email)
  if (deps.config.passwords.breachCheck === 'refuse') await countOutgoing(deps, ip)
  await refusePassword(deps, password, {
    pointer: '/password',
    identifiers: { usernameKey, emailKey },
  })
  await requireHuman(deps, { token: challengeToken, ip, signal })
  const tries = await triesOf(deps, 'signup', { ip, identifier: email })
  const count = await countSignup(deps.db, { emailKey, invitationId, tries })
  const { found, receipt } = unlessRefused(deps, count)
  if (!found?.isInvited) throw new AppError('one_time_token_invalid')
  const passwordHash = await deps.passwords.hash(password, signal)
  const isUniform = deps.config.mail.requiresVerifiedEmail
  const identity = { username, usernameKey, email, emailKey, passwordHash, invitationId }
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const id = newId(deps)
    const tokenId = deps.mailer ? newId(deps) : null
    const values = { ...identity, id, tokenId, isUniform, ...mailValues(deps, { language }) }
    const { createdAt, access, isUsernameTaken, isEmailTaken } = await insertUser(deps, values)
    // Another sign-up has used the invitation up meanwhile.
    if (isUsernameTaken === null) throw new AppError('one_time_token_invalid')
    const isTaken = isUsernameTaken === true || isEmailTaken === true
    if (createdAt === null && !isTaken) continue
    deps.postman.wake()
    if (isUniform) return undefined
    if (createdAt !== null && access !== null) {
      return { ...NEW_ACCOUNT, id, username, email, createdAt, ...parseAccess(access) }
    }
    // Whose username is taken gets no mail, and tries another name.
    if (!isEmailTaken) await forgiveTry(deps, mailsOf(receipt))
    throw alreadyTaken({ username: isUsernameTaken === true, email: isEmailTaken === true })
  }
  throw new AppError('overloaded')
}

/** Throws `validation_failed` with all that the configuration asks for and the body does not have. */
function refuseIncomplete(
  deps: Deps,
  {
    email,
    invitation,
    challengeToken,
  }: Pick<SignupInput, 'email' | 'invitation' | 'challengeToken'>,
): void {
  const { signup: settings } = deps.config
  const errors = [
    missingInvitation(settings, invitation),
    refuseDomain(settings.domains, '/email', email),
    missingChallenge(deps, challengeToken),
  ].filter((one) => one !== undefined)
  if (errors.length > 0) throw new AppError('validation_failed', { errors })
}
