import { z } from '@hono/zod-openapi'
import {
  isMostUsed,
  judgeLength,
  MAX_PASSWORD_CHARACTERS,
  MIN_PASSWORD_CHARACTERS,
  normalizePassword,
  TOO_COMMON,
} from '../core/passwords/rules.ts'
import { TRANSPORTS } from '../core/sessions/session.ts'
import type { FieldRefusal } from '../errors.ts'
import {
  isUsername,
  MAX_EMAIL_CHARACTERS,
  mailbox,
  shownUsername,
  USERNAME_CHARACTERS,
} from '../utils/identifiers.ts'
import { isStorable } from '../utils/storable.ts'
import { documented } from './documented.ts'
import { EXAMPLE_PERSON, EXAMPLE_TOKEN } from './examples.ts'
import { REQUIRED, refusal } from './validation.ts'

/** Longer than any accepted value. It bounds the input of every costly check. */
const MAX_RAW_CHARACTERS = 1024

/** A text of any use, neither too long to look at nor impossible to store. */
export const text = z
  .string({ error: (issue) => (issue.input === undefined ? REQUIRED : 'This must be text.') })
  .max(MAX_RAW_CHARACTERS, {
    error: `Use at most ${MAX_RAW_CHARACTERS} characters.`,
    abort: true,
  })
  .refine(isStorable, { error: 'This contains characters that cannot be used.', abort: true })

/** A text whose ends do not matter. */
export const trimmed = text.trim()

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

/** The caller's own password, which confirms a change. The service refuses its lack, for a user may have none. */
export const CurrentPassword = documented(Password.optional(), {
  description:
    'Left out by a user who has none, who then needs a fresh proof. For everybody else it is required.',
})

/**
 * A new password. Rules that need only the password are checked here, so that it is reported with the other bad fields.
 * Services check the rules that need the configuration, the account or the long lists (core/passwords/policy.ts).
 */
export const NewPassword = documented(
  // Only a password that is long enough is looked up, which takes a promise: examples of refusals are made without one.
  Password.superRefine((password, context) => {
    const refuse = ({ code, detail }: FieldRefusal) =>
      context.addIssue({ code: 'custom', message: detail, params: { code } })
    const refused = judgeLength(password, { minCharacters: MIN_PASSWORD_CHARACTERS })
    if (refused) return refuse(refused)
    return isMostUsed(password).then((isIt) => {
      if (isIt) refuse(TOO_COMMON)
    })
  }),
  {
    type: 'string',
    format: 'password',
    minLength: MIN_PASSWORD_CHARACTERS,
    maxLength: MAX_PASSWORD_CHARACTERS,
    example: EXAMPLE_PERSON.password,
    description:
      'Any characters, counted after NFC normalisation; refused when common, and when it contains the username, the email or what is before its at sign, or the name of the service.',
  },
)

/** The token of a link in a mail. Whatever is none is refused as one that works no longer, for both help as much. */
export const OneTimeToken = documented(trimmed.min(1, 'Enter the token of the link.'), {
  maxLength: MAX_RAW_CHARACTERS,
  example: EXAMPLE_TOKEN,
  description: 'The token of the link in a mail; it works once.',
})

/** The token of an invitation. It is needed, or does not matter, as the configuration says; so it is never too short. */
export const Invitation = documented(trimmed.optional(), {
  maxLength: MAX_RAW_CHARACTERS,
  description:
    'The token of an invitation, where one is needed (SIGNUP=invite); else it is ignored.',
})

const MAX_CHALLENGE_CHARACTERS = 2048

/** What shall carry the session that is opened. */
export const TransportField = documented(
  z.enum(TRANSPORTS, `Use one of ${TRANSPORTS.join(', ')}.`).default('bearer'),
  {
    example: 'bearer',
    description:
      '`bearer`: the answer has a refresh token. `cookie`: it has none, and an HttpOnly cookie carries the session, for pages of this service and of COOKIE_ORIGINS, with the header `X-Edge-Auth: 1`.',
  },
)

/** What a page's challenge gave. It is needed, or does not matter, as the configuration says. */
export const TurnstileToken = documented(
  z
    .string('This must be text.')
    .max(MAX_CHALLENGE_CHARACTERS, {
      error: `Use at most ${MAX_CHALLENGE_CHARACTERS} characters.`,
      abort: true,
    })
    .refine(isStorable, { error: 'This contains characters that cannot be used.' })
    .optional(),
  {
    maxLength: MAX_CHALLENGE_CHARACTERS,
    description:
      'What the widget of Cloudflare Turnstile gave, where that is asked (TURNSTILE_SECRET_KEY); else it is ignored.',
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
