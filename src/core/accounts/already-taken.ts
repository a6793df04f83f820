import { AppError, type FieldProblem } from '../../errors.ts'

type Taken = { username: boolean; email: boolean }

/** The refusal of identifiers that other accounts have. It says in words which is taken, and names both where both are. */
export function alreadyTaken(taken: Taken, cause?: unknown): AppError {
  const fields = (['username', 'email'] as const).filter((field) => taken[field])
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
    ...(only && others.length === 0 && { detail: only.detail }),
    cause,
  })
}
