import { isDuplicate } from '../../database/errors.ts'
import { AppError } from '../../errors.ts'

/** The refusal of an address that another account has. */
export function addressTaken(cause?: unknown): AppError {
  return new AppError('already_taken', {
    detail: 'Another account has this email by now.',
    cause,
  })
}

/** Throws that refusal for a unique violation, and anything else as it is. */
export function refuseTaken(error: unknown): never {
  throw isDuplicate(error) ? addressTaken(error) : error
}
