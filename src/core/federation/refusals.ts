import { AppError } from '../../errors.ts'

/** The refusal of a provider that the configuration does not name. */
export function noSuchProvider(): AppError {
  return new AppError('not_found', { detail: 'No provider of this id is configured.' })
}

/** The refusal of a way back that the configuration does not list. */
export function returnUrlRefused(): AppError {
  const detail = 'This is none of the addresses that the service is configured to return to.'
  return new AppError('validation_failed', {
    errors: [{ pointer: '/return_to', code: 'invalid_value', detail }],
  })
}

/** The refusal of an email that an account had a while ago, whose owner may take it back. */
export function emailKept(): AppError {
  return new AppError('already_taken', {
    detail: 'An account here had this email until lately, and keeps it for some days.',
  })
}
