import { refusePassword } from '../../../core/passwords/policy.ts'
import { isDuplicate } from '../../../database/errors.ts'
import type { Deps } from '../../../deps.ts'
import { AppError, type FieldProblem } from '../../../errors.ts'
import { identifierKey } from '../../../utils/identifiers.ts'
import { uuidv7 } from '../../../utils/uuid.ts'
import { createUser, findTaken } from './repository.ts'

type SignupInput = { username: string; email: string; password: string }

/** Creates an account, or says which of its identifiers are taken; of parallel sign-ups for one name one succeeds. */
export async function signup(deps: Deps, { username, email, password }: SignupInput) {
  const usernameKey = identifierKey(username)
  const emailKey = identifierKey(email)
  const refusal = refusePassword(password, {
    minCharacters: deps.config.passwords.minCharacters,
    identifiers: [usernameKey, emailKey],
  })
  if (refusal)
    throw new AppError('validation_failed', { errors: [{ pointer: '/password', ...refusal }] })

  const passwordHash = await deps.passwords.hash(password)
  const id = uuidv7(deps.clock.now().getTime())
  try {
    return await createUser(deps.db, { id, username, usernameKey, email, emailKey, passwordHash })
  } catch (error) {
    if (!isDuplicate(error)) throw error
    const taken = await findTaken(deps.db, { usernameKey, emailKey })
    throw new AppError('already_taken', { errors: takenFields(taken), cause: error })
  }
}

function takenFields(taken: { username: boolean; email: boolean }): FieldProblem[] {
  const fields = (['username', 'email'] as const).filter((field) => taken[field])
  return fields.map((field) => ({
    pointer: `/${field}`,
    code: 'already_taken',
    detail: `This ${field} is already taken.`,
  }))
}
