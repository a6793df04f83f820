import { eq } from 'drizzle-orm'
import { AppError, type AppErrorOptions } from '../../errors.ts'
import { credentials, sessions, users } from '../../models/index.ts'
import type { CoreDeps } from '../deps.ts'
import { refuseStale, refuseStaleSecond, SUDO } from '../factors/step-up.ts'
import { countedRead } from '../limits/counted-read.ts'
import { unlessRefused } from '../limits/refuse.ts'
import { triesOf } from '../limits/tries.ts'
import { checkPassword, type OfferedPassword, refuseUnknown } from '../passwords/prove.ts'
import { isCaller } from '../sessions/predicates.ts'
import type { SessionRef } from '../sessions/session.ts'
import { assuranceColumns } from '../sessions/subject.ts'

const countPassword = countedRead({
  name: 'count_password',
  params: { sessionId: 'uuid', userId: 'uuid' },
  find: (db, p) =>
    db
      .select({
        email: users.email,
        usernameKey: users.usernameKey,
        emailKey: users.emailKey,
        passwordHash: credentials.passwordHash,
        ...assuranceColumns(),
      })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .leftJoin(credentials, eq(credentials.userId, users.id))
      .where(isCaller(p)),
})

/** The caller's account, with the hash that the current password was checked against; null for a user who has none. */
export type OwnAccount = {
  email: string
  usernameKey: string
  emailKey: string
  passwordHash: string | null
}

/** The current password, if the caller gives one. The signal is that of the request. */
export type OwnPassword = { password: string | undefined; signal: AbortSignal }

const CURRENT_PASSWORD_WRONG: AppErrorOptions = { detail: 'The current password is wrong.' }

/**
 * Returns the caller's account if the current password is right. Throws `token_invalid` if the caller's session has ended,
 * `invalid_credentials` for another password, `too_many_requests` if the session was asked too often. What strangers try
 * at the log-in does not count here. A user who has no password leaves it out, and then a fresh proof stands in for it: without
 * one it throws `step_up_required`. With `secondFactor: 'fresh'` it throws that, before the password is looked at, for a user
 * with second factors who has proven none of them lately.
 */
export async function proveOwnAccount(
  deps: CoreDeps,
  caller: SessionRef,
  offered: OfferedPassword,
): Promise<OwnAccount & { passwordHash: string }>
export async function proveOwnAccount(
  deps: CoreDeps,
  caller: SessionRef,
  offered: OwnPassword,
  options?: { secondFactor?: 'fresh' },
): Promise<OwnAccount>
export async function proveOwnAccount(
  deps: CoreDeps,
  { userId, sessionId }: SessionRef,
  { password, signal }: OwnPassword,
  { secondFactor }: { secondFactor?: 'fresh' } = {},
): Promise<OwnAccount> {
  const tries = await triesOf(deps, 'password', { ip: null, sessionId })
  const counted = await countPassword(deps.db, { userId, sessionId, tries })
  const { found: account } = unlessRefused(deps, counted)
  if (!account) throw new AppError('token_invalid')
  if (secondFactor === 'fresh') refuseStaleSecond(deps, account)
  const { email, usernameKey, emailKey, passwordHash } = account
  if (password === undefined) {
    if (passwordHash !== null) throw currentPasswordMissing()
    refuseStale(deps, account, SUDO)
    return { email, usernameKey, emailKey, passwordHash }
  }
  const answer = { ...CURRENT_PASSWORD_WRONG, about: { userId, sessionId } }
  const offered = { password, signal }
  // Who has no password, because all log-ins are by something else, knows none either.
  if (passwordHash === null) return refuseUnknown(deps, usernameKey, offered, answer)
  const own = { id: userId, identifierKey: usernameKey, passwordHash }
  await checkPassword(deps, own, offered, answer)
  return { email, usernameKey, emailKey, passwordHash }
}

/** The refusal of a change by somebody who does not know the current password. */
export function currentPasswordWrong(): AppError {
  return new AppError('invalid_credentials', CURRENT_PASSWORD_WRONG)
}

/** The refusal of a change without the current password by a user who has one. */
export function currentPasswordMissing(): AppError {
  const detail = 'Enter your current password.'
  return new AppError('validation_failed', {
    errors: [{ pointer: '/current_password', code: 'required', detail }],
  })
}

/** The refusal of a change to an account that something else changes all the time. */
export function changedElsewhere(): AppError {
  return new AppError('overloaded', {
    detail: 'The account is being changed elsewhere. Please try again.',
  })
}
