import { AppError } from '../../../errors.ts'

/** Returns a value as one segment of a path. Throws for the two that would lead to another path. */
export function segment(value = ''): string {
  if (value === '.' || value === '..') throw new AppError('malformed_request')
  return encodeURIComponent(value)
}
