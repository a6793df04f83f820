import { happened } from '../../../core/audit/state-change.ts'
import { refusePassword } from '../../../core/passwords/policy.ts'
import { checkPassword } from '../../../core/passwords/prove.ts'
import type { SessionRef } from '../../../core/sessions/session.ts'
import type { Deps } from '../../../deps.ts'
import { AppError, type AppErrorOptions, type FieldRefusal } from '../../../errors.ts'
import { replacePassword, selectOwnAccount } from './repository.ts'

type PasswordChange = { current: string; next: string }

/** A log-in can renew the stored hash meanwhile. In that case the change tries again instead of failing. */
const MAX_ATTEMPTS = 3

const CURRENT_PASSWORD_WRONG: AppErrorOptions = { detail: 'The current password is wrong.' }

/** Replaces the password if the current one is right. The user's other sessions end, and the caller's stays. */
export async function changePassword(
  deps: Deps,
  { userId, sessionId }: SessionRef,
  { current, next }: PasswordChange,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const [account] = await selectOwnAccount(deps.db, { userId, sessionId })
    if (!account) throw new AppError('token_invalid')
    const own = {
      id: userId,
      identifierKey: account.usernameKey,
      passwordHash: account.passwordHash,
    }
    await checkPassword(deps, own, { password: current, signal }, CURRENT_PASSWORD_WRONG)
    refuse(deps, account, { current, next })
    const oldHash = account.passwordHash
    const newHash = await deps.passwords.hash(next, signal)
    const replaced = await replacePassword(deps.db, { userId, sessionId, oldHash, newHash })
    if (happened(replaced)) return
  }
  throw new AppError('overloaded', {
    detail: 'The account is being changed elsewhere. Please try again.',
  })
}

/** The refusal of a password change by somebody who does not know the current one. */
export function currentPasswordWrong(): AppError {
  return new AppError('invalid_credentials', CURRENT_PASSWORD_WRONG)
}

function refuse(
  { config }: Deps,
  { usernameKey, emailKey }: { usernameKey: string; emailKey: string },
  { current, next }: PasswordChange,
): void {
  const refusal: FieldRefusal | undefined =
    next === current
      ? { code: 'unchanged', detail: 'Choose a password other than the current one.' }
      : refusePassword(next, {
          minCharacters: config.passwords.minCharacters,
          identifiers: [usernameKey, emailKey],
        })
  if (refusal)
    throw new AppError('validation_failed', { errors: [{ pointer: '/new_password', ...refusal }] })
}
