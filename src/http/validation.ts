import type { z } from '@hono/zod-openapi'
import { AppError, FIELD_PROBLEMS, type FieldCode, type FieldProblem } from '../errors.ts'

/** The message of a missing value. zod reports it as a wrong type, and only the message tells the two apart. */
export const REQUIRED = 'This field is required.'

/** A body can hold thousands of unknown fields. The answer must not grow with them. */
const MAX_FIELD_PROBLEMS = 100

type Issue = z.core.$ZodIssue

/** The field codes of zod's issue codes. A code that the schema sets with `refusal` has precedence. */
const CODES: Partial<Record<Issue['code'], FieldCode>> = {
  invalid_type: 'invalid_type',
  too_big: 'too_long',
  too_small: 'too_short',
  invalid_format: 'invalid_format',
  invalid_value: 'invalid_value',
}

/** The message and code of a schema's own check. This function types the code, because zod accepts any text. */
export function refusal(code: FieldCode, detail: string) {
  return { error: detail, params: { code } }
}

/** Turns zod's issues into one refusal that names all bad fields, up to a limit. */
export function validationFailed(issues: readonly Issue[]): AppError {
  return new AppError('validation_failed', {
    errors: issues.flatMap(fieldProblems).slice(0, MAX_FIELD_PROBLEMS),
  })
}

function fieldProblems(issue: Issue): FieldProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointer([...issue.path, key]),
      code: 'unknown_field',
      detail: 'This field is not known.',
    }))
  }
  return [{ pointer: pointer(issue.path), code: codeOf(issue), detail: issue.message }]
}

function codeOf(issue: Issue): FieldCode {
  if (issue.code === 'custom' && isFieldCode(issue.params?.code)) return issue.params.code
  if (issue.message === REQUIRED) return 'required'
  return CODES[issue.code] ?? 'invalid'
}

function isFieldCode(value: unknown): value is FieldCode {
  return typeof value === 'string' && Object.hasOwn(FIELD_PROBLEMS, value)
}

/** Formats a path as a JSON pointer (RFC 6901). */
function pointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
