import { untilUnchanged } from '../../../core/access/acting.ts'
import { happened } from '../../../core/audit/state-change.ts'
import { passkeyMethods } from '../../../core/factors/assurance.ts'
import { type ListedPasskey, listFactors } from '../../../core/factors/list.ts'
import type { NewPasskey, RegistrationJson } from '../../../core/factors/passkeys/register.ts'
import { makeRecoveryCodes } from '../../../core/factors/recovery-codes.ts'
import { providerIds } from '../../../core/federation/unlink.ts'
import { triesOf } from '../../../core/limits/tries.ts'
import { mailValues, newId, type Requester } from '../../../core/outbox/enqueue.ts'
import { type Actor, sessionOf } from '../../../core/sessions/authenticate.ts'
import { raiseValues } from '../../../core/sessions/raise.ts'
import { subjectOf } from '../../../core/sessions/subject.ts'
import { isUuid } from '../../../core/tokens/claims.ts'
import type { SessionTokens } from '../../../core/tokens/tokens.ts'
import { isDuplicate } from '../../../database/errors.ts'
import type { Deps } from '../../../deps.ts'
import { AppError, type FieldRefusal } from '../../../errors.ts'
import { visible } from '../../../utils/visible.ts'
import { removePasskey, renamePasskey, selectRegistering, storePasskey } from './repository.ts'

const MAX_NAME_CHARACTERS = 64

/** Returns what a browser makes a passkey of the caller by. Throws `passkeys_not_configured`. */
export async function passkeyOptions(deps: Deps, actor: Actor) {
  const rows = await selectRegistering(deps.db, sessionOf(actor))
  const [first] = rows
  if (!first) throw new AppError('token_invalid')
  const passkeys = rows.flatMap(({ credentialId, transports }) =>
    credentialId === null
      ? []
      : [{ credentialId, transports: transports?.split(' ').filter(Boolean) ?? [] }],
  )
  const { id: userId, email, username, displayName } = actor
  const { creationOptions } = await import('../../../core/factors/passkeys/options.ts')
  return creationOptions(deps, {
    ...{ userId, passkeys, name: email, displayName: displayName ?? username },
    userHandle: first.userHandle ?? undefined,
  })
}

type Registration = {
  challengeToken: string
  credential: RegistrationJson
  name: string | undefined
}

/** The passkey, the session's new tokens, and recovery codes where it was the first factor. */
export type Registered = SessionTokens & {
  passkey: ListedPasskey
  recoveryCodes: string[] | undefined
}

/**
 * Registers a passkey of the caller, which counts as a proof by it. All other sessions end if it is the user's first
 * factor. Throws `challenge_invalid`, `too_many_passkeys`, and `validation_failed` for a credential that is not good, or
 * that anybody has registered.
 */
export async function registerPasskey(
  deps: Deps,
  actor: Actor,
  { name: wanted, ...offered }: Registration,
  { ip, userAgent, language }: Requester,
): Promise<Registered> {
  const session = sessionOf(actor)
  const { verifyRegistration } = await import('../../../core/factors/passkeys/register.ts')
  const passkey = await verifyRegistration(deps, session.userId, offered)
  if (!passkey) throw credentialRefused()
  const name = wanted ?? (await nameOf(userAgent))
  const passkeyId = newId(deps)
  const { codes, codeMacs } = await makeRecoveryCodes(deps.sealing, session.userId)
  const raise = raiseValues(deps, session, { aal: 2, amr: passkeyMethods(passkey, true) })
  const stored = await storePasskey(deps, {
    ...raise,
    ...valuesOf(passkey),
    ...{ passkeyId, name, codeMacs, ip, userAgent },
    ...mailValues(deps, { language }),
    tries: await triesOf(deps, 'notice', { userId: session.userId }),
  }).catch((error: unknown) => {
    throw isDuplicate(error) ? credentialTaken() : error
  })
  if (!happened(stored)) throw refusalOf(stored)
  deps.postman.wake()
  const { isFirst, createdAt, isSpent: _, isFull: __, ...subject } = stored
  const pair = await deps.tokens.issue(subjectOf(session.sessionId, subject), raise.issuedAt)
  const { isBackedUp } = passkey
  return {
    ...pair,
    passkey: { id: passkeyId, name, createdAt, isBackedUp, lastUsedAt: null, isSuspended: false },
    recoveryCodes: isFirst ? codes : undefined,
  }
}

/** A challenge that is spent says nothing of the rest. So it does for a user who got another handle meanwhile. */
function refusalOf({ isSpent, isFull }: { isSpent: boolean | null; isFull: boolean | null }) {
  if (isSpent === null) return new AppError('token_invalid')
  return new AppError(isSpent && isFull ? 'too_many_passkeys' : 'challenge_invalid')
}

function valuesOf({ spends, transports, counter, ...passkey }: NewPasskey) {
  return { ...passkey, ...spends, counter: String(counter), transports: transports.join(' ') }
}

/** What the user's list calls a passkey that nobody named: the browser and system that it was made by. */
async function nameOf(userAgent: string | null): Promise<string> {
  const { parseUserAgent } = await import('../../../utils/user-agent.ts')
  const { browser, os } = parseUserAgent(userAgent)
  const words = [browser, os].filter((word) => word !== null).join(', ')
  return [...visible(words)].slice(0, MAX_NAME_CHARACTERS).join('') || 'Passkey'
}

/** The refusal of a credential that is not what the browser was asked for. */
export function credentialRefused(): AppError {
  return refused({ code: 'invalid', detail: 'This passkey was not accepted. Please try again.' })
}

/** The refusal of a credential that somebody has registered. */
function credentialTaken(): AppError {
  return refused({ code: 'already_taken', detail: 'This passkey is registered already.' })
}

function refused(refusal: FieldRefusal): AppError {
  return new AppError('validation_failed', { errors: [{ pointer: '/credential', ...refusal }] })
}

/** Gives a passkey of the caller another name, and returns it. Throws `not_found`. */
export async function renameOwnPasskey(
  deps: Deps,
  actor: Actor,
  passkeyId: string,
  name: string,
): Promise<ListedPasskey> {
  if (!isUuid(passkeyId)) throw noSuchPasskey()
  const { callerId } = await renamePasskey(deps, { ...sessionOf(actor), passkeyId, name })
  if (callerId === null) throw new AppError('token_invalid')
  const listed = await listFactors(deps, actor.id)
  const renamed = listed?.passkeys.find(({ id }) => id === passkeyId)
  if (!renamed) throw noSuchPasskey()
  return renamed
}

/** Removes a passkey of the caller. Throws `not_found`, and `last_credential` where nothing else would log in. */
export async function removeOwnPasskey(
  deps: Deps,
  actor: Actor,
  passkeyId: string,
  { ip, userAgent, language }: Requester,
): Promise<void> {
  if (!isUuid(passkeyId)) throw noSuchPasskey()
  await untilUnchanged(async () => {
    const { callerId, listedId, isSpare, removedId } = await removePasskey(deps, {
      ...sessionOf(actor),
      ...{ passkeyId, ip, userAgent, providers: providerIds(deps) },
      ...mailValues(deps, { language }),
      tries: await triesOf(deps, 'notice', { userId: actor.id }),
    })
    if (callerId === null) throw new AppError('token_invalid')
    if (listedId === null) throw noSuchPasskey()
    if (!isSpare) throw new AppError('last_credential')
    return removedId === null ? undefined : { removedId }
  })
  deps.postman.wake()
}

/** The refusal to change a passkey that the caller does not have. */
export function noSuchPasskey(): AppError {
  return new AppError('not_found', { detail: 'There is no such passkey.' })
}
