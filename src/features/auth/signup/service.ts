import { happened } from '../../../core/audit/state-change.ts'
import { refusePassword } from '../../../core/passwords/policy.ts'
import { isDuplicate } from '../../../database/errors.ts'
import type { Deps } from '../../../deps.ts'
import { AppError, type FieldProblem } from '../../../errors.ts'
import { identifierKey } from '../../../utils/identifiers.ts'
import { uuidv7 } from '../../../utils/uuid.ts'
import { insertUser, selectTaken } from './repository.ts'

type SignupInput = { username: string; email: string; password: string }

/**
 * Creates an account, or throws `already_taken` with the fields that are taken. Of parallel sign-ups for a name, one
 * succeeds. None is made for a client that left before its password was hashed, so that it can try again.
 */
export async function signup(
  deps: Deps,
  { username, email, password }: SignupInput,
  signal: AbortSignal,
) {
  const usernameKey = identifierKey(username)
  const emailKey = identifierKey(email)
  const refusal = refusePassword(password, {
    minCharacters: deps.config.passwords.minCharacters,
    identifiers: [usernameKey, emailKey],
  })
  if (refusal)
    throw new AppError('validation_failed', { errors: [{ pointer: '/password', ...refusal }] })

  const passwordHash = await deps.passwords.hash(password, signal)
  const id = uuidv7(deps.clock.now().getTime())
  try {
    const identity = { id, username, usernameKey, email, emailKey }
    const created = await insertUser(deps.db, { ...identity, passwordHash })
    if (!happened(created)) throw new Error('the new user was not returned')
    return { id, username, email, createdAt: created.createdAt }
  } catch (error) {
    if (!isDuplicate(error)) throw error
    const [taken] = await selectTaken(deps.db, { usernameKey, emailKey })
    throw alreadyTaken(taken, error)
  }
}

type Taken = { username: boolean; email: boolean }

/** The refusal of a sign-up. It says in words which field is taken, and names both where both are. */
export function alreadyTaken(taken: Taken | undefined, cause?: unknown): AppError {
  const fields = (['username', 'email'] as const).filter((field) => taken?.[field])
  const errors = fields.map(
    (field): FieldProblem => ({
      pointer: `/${field}`,
      code: 'already_taken',
      detail: `The ${field} is already in use.`,
    }),
  )
  const [only, ...others] = errors
  return new AppError('already_taken', {
    errors,
    cause,
    ...(only && others.length === 0 && { detail: only.detail }),
  })
}
