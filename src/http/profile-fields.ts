import { z } from '@hono/zod-openapi'
import {
  avatarUrlOf,
  DISPLAY_NAME_CHARACTERS,
  displayNameOf,
  localeOf,
  MAX_AVATAR_URL_CHARACTERS,
  MAX_LOCALE_CHARACTERS,
} from '../utils/profile.ts'
import { isJsonObject, storingFault } from '../utils/storable.ts'
import { documented } from './documented.ts'
import { text } from './fields.ts'
import type { JsonData } from './schemas.ts'
import { refusal } from './validation.ts'

const MAX_DATA_BYTES = 8192
const encoder = new TextEncoder()

/** A text of which one form is kept, or which is refused. */
function kept(keptForm: (typed: string) => string | undefined, detail: string) {
  return text.trim().transform((typed, context) => {
    const form = keptForm(typed)
    if (form !== undefined) return form
    const { error, params } = refusal('invalid_format', detail)
    context.addIssue({ code: 'custom', message: error, params })
    return z.NEVER
  })
}

const displayName = kept(
  displayNameOf,
  `Use ${DISPLAY_NAME_CHARACTERS.min} to ${DISPLAY_NAME_CHARACTERS.max} characters that can be seen, on one line.`,
)
const locale = kept(localeOf, 'Enter a language tag, such as en-GB.')
const avatarUrl = kept(
  avatarUrlOf,
  `Enter an address that begins with https://, of at most ${MAX_AVATAR_URL_CHARACTERS} characters.`,
)

const DISPLAY_NAME = {
  minLength: DISPLAY_NAME_CHARACTERS.min,
  maxLength: DISPLAY_NAME_CHARACTERS.max,
  example: 'Grace Hopper',
  description: 'How people call the user; need not be unique. Kept in the composed form NFC.',
}
const LOCALE = {
  maxLength: MAX_LOCALE_CHARACTERS,
  example: 'en-GB',
  description: 'A language tag (BCP 47), kept in its canonical form.',
}
const AVATAR_URL = {
  format: 'uri',
  maxLength: MAX_AVATAR_URL_CHARACTERS,
  example: 'https://example.org/grace.png',
}

const TEXT = { type: 'string' }
const TEXT_OR_NULL = { type: ['string', 'null'] }

/** Fields of a new account. */
export const DisplayName = documented(displayName.optional(), { ...TEXT, ...DISPLAY_NAME })
export const Locale = documented(locale.optional(), { ...TEXT, ...LOCALE })

/** Fields of a change: one that is missing stays as it is, and null deletes what is there. */
export const profileFields = () => ({
  display_name: documented(displayName.nullable().optional(), { ...TEXT_OR_NULL, ...DISPLAY_NAME }),
  locale: documented(locale.nullable().optional(), { ...TEXT_OR_NULL, ...LOCALE }),
  avatar_url: documented(avatarUrl.nullable().optional(), { ...TEXT_OR_NULL, ...AVATAR_URL }),
})

const DATA_FAULTS = {
  characters: 'This contains characters that cannot be used.',
  numbers: 'A number is too large to come back as it is. Send it as text.',
}

/** An object of JSON to keep. It comes back as it was sent, or is refused. It takes the place of the whole former one. */
export function dataField(description: string) {
  const object: z.ZodType<JsonData, JsonData> = z.any().superRefine((data, context) => {
    const refused = refusedData(data)
    if (!refused) return
    const { error, params } = refused
    context.addIssue({ code: 'custom', message: error, params })
  })
  return documented(object.nullable().optional(), {
    type: ['object', 'null'],
    additionalProperties: true,
    example: { theme: 'dark' },
    description: `${description} A JSON object, at most ${MAX_DATA_BYTES} bytes as UTF-8; it takes the place of the former one, and null deletes that.`,
  })
}

function refusedData(data: unknown) {
  if (!isJsonObject(data)) return refusal('invalid_type', 'This must be a JSON object.')
  const fault = storingFault(data)
  if (fault) return refusal('invalid', DATA_FAULTS[fault])
  const { length } = encoder.encode(JSON.stringify(data))
  if (length <= MAX_DATA_BYTES) return undefined
  return refusal('too_long', `Use at most ${MAX_DATA_BYTES} bytes.`)
}

/** True for a change that says something. */
export function changesSomething(change: object): boolean {
  return Object.values(change).some((value) => value !== undefined)
}

/** Said of nothing else that is wrong, for a field that is not known was meant to be a change. */
export const NOTHING_CHANGED = {
  ...refusal('required', 'Give at least one field.'),
  when: ({ issues }: { issues: readonly unknown[] }) => issues.length === 0,
}
