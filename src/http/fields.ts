import { z } from '@hono/zod-openapi'
import {
  MAX_PASSWORD_CHARACTERS,
  MIN_PASSWORD_CHARACTERS,
  normalizePassword,
  refusePassword,
} from '../core/passwords/policy.ts'
import {
  isUsername,
  MAX_EMAIL_CHARACTERS,
  mailbox,
  shownUsername,
  USERNAME_CHARACTERS,
} from '../utils/identifiers.ts'
import { documented } from './documented.ts'
import { EXAMPLE_PERSON } from './examples.ts'
import { REQUIRED, refusal } from './validation.ts'

/** Longer than any accepted value. It bounds the input of every costly check. */
const MAX_RAW_CHARACTERS = 1024

/** Postgres cannot store U+0000, and all lone surrogates have the same UTF-8. So neither is accepted. */
function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes('\u0000')
}

const text = z
  .string({ error: (issue) => (issue.input === undefined ? REQUIRED : 'This must be text.') })
  .max(MAX_RAW_CHARACTERS, {
    error: `Use at most ${MAX_RAW_CHARACTERS} characters.`,
    abort: true,
  })
  .refine(isStorable, { error: 'This contains characters that cannot be used.', abort: true })

const trimmed = text.trim()

export const Username = documented(
  trimmed
    .refine(
      isUsername,
      refusal(
        'invalid_format',
        `Use ${USERNAME_CHARACTERS.min} to ${USERNAME_CHARACTERS.max} letters, digits, dots, hyphens or underscores, and begin with a letter or digit.`,
      ),
    )
    .transform(shownUsername),
  {
    type: 'string',
    minLength: USERNAME_CHARACTERS.min,
    maxLength: USERNAME_CHARACTERS.max,
    example: EXAMPLE_PERSON.username,
    description:
      'Unique whatever its case or Unicode form; shown as typed, in the compatibility form NFKC.',
  },
)

export const Email = documented(
  trimmed.transform((typed, context) => {
    const address = mailbox(typed)
    if (address !== undefined) return address
    const { error, params } = refusal(
      'invalid_format',
      'Enter an email address, such as name@example.org.',
    )
    context.addIssue({ code: 'custom', message: error, params })
    return z.NEVER
  }),
  {
    type: 'string',
    format: 'email',
    maxLength: MAX_EMAIL_CHARACTERS,
    example: EXAMPLE_PERSON.email,
    description:
      'One mailbox, unique whatever its case; plus tags are kept. A Unicode domain is kept as punycode.',
  },
)

/** A password to check against a stored one: any text that was ever allowed as a password. */
export const Password = documented(
  text.min(1, 'Enter the password.').transform(normalizePassword),
  {
    type: 'string',
    format: 'password',
    minLength: 1,
    maxLength: MAX_RAW_CHARACTERS,
    example: EXAMPLE_PERSON.password,
  },
)

/**
 * A new password. Rules that need only the password are checked here, so that it is reported with the other bad fields.
 * Services check the rules that need the configuration or the account.
 */
export const NewPassword = documented(
  Password.superRefine((password, context) => {
    const rules = { minCharacters: MIN_PASSWORD_CHARACTERS, identifiers: [] }
    const refused = refusePassword(password, rules)
    if (!refused) return
    const { code, detail } = refused
    context.addIssue({ code: 'custom', message: detail, params: { code } })
  }),
  {
    type: 'string',
    format: 'password',
    minLength: MIN_PASSWORD_CHARACTERS,
    maxLength: MAX_PASSWORD_CHARACTERS,
    example: EXAMPLE_PERSON.password,
    description:
      'Any characters, counted after NFC normalisation; refused when common or equal to the username or email.',
  },
)

/** The identifier of a log-in. A name with an at sign is an email. */
export const UsernameOrEmail = documented(trimmed.min(1, 'Enter the username or email.'), {
  maxLength: MAX_RAW_CHARACTERS,
  example: EXAMPLE_PERSON.email,
})

/** A request body with exactly these fields. An unknown field is refused, so that it is not silently ignored. */
export function jsonObject<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'invalid_type' ? 'The body must be a JSON object.' : undefined,
  })
}
