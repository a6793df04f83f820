import type { Context } from 'hono'
import { AppError } from '../errors.ts'
import type { AppEnv } from '../http/context.ts'
import { INPUT_LIMITS } from '../utils/input-limits.ts'
import { type ShapeFault, shapeFault } from '../utils/json-shape.ts'
import { isJsonInUtf8 } from '../utils/media-type.ts'
import type { Guard } from './guards.ts'
import { readBody } from './read-body.ts'

/** What the validator behind this guard, which knows fewer spellings, takes for JSON. */
const PLAIN_TYPE = /^application\/json(?:; ?charset=utf-8)?$/i
const { jsonLevels: levels, jsonMembers: members } = INPUT_LIMITS
const SHAPE_DETAILS: Record<ShapeFault, string> = {
  levels: `The body may have at most ${levels} levels of objects and arrays.`,
  members: `Each object and array of the body may have at most ${members} members.`,
}
const EMPTY_OBJECT = new TextEncoder().encode('{}')
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/**
 * Reads the body once, before anything else does. Checks the media type first (415), then the actual size (413), even
 * if the declared length is smaller. UTF-8, the shape and JSON come last (400). Validation parses this same text.
 */
export const jsonBody: Guard = guardBy(async (c) => {
  refuseOtherTypes(c, c.req.header('content-type') ?? '')
  return readBody(c)
})

/** The same for a body that may be missing, which is as good as `{}`. One that is there must be JSON and say so. */
export const optionalJsonBody: Guard = guardBy(async (c) => {
  const type = c.req.header('content-type')
  if (type !== undefined) refuseOtherTypes(c, type)
  const bytes = await readBody(c)
  if (bytes.length === 0) return EMPTY_OBJECT
  if (type === undefined) refuseOtherTypes(c, '')
  return bytes
})

function guardBy(read: (c: Context<AppEnv>) => Promise<Uint8Array>): Guard {
  return {
    async middleware(c, next) {
      passOn(c, decodeJson(await read(c)))
      await next()
    },
    problems: [
      'malformed_json',
      'payload_too_large',
      'unsupported_media_type',
      'validation_failed',
    ],
  }
}

function refuseOtherTypes(c: Context<AppEnv>, type: string): void {
  const encoding = c.req.header('content-encoding')?.toLowerCase() || 'identity'
  if (isJsonInUtf8(type) && encoding === 'identity') return
  throw new AppError('unsupported_media_type', {
    detail: 'Send the body as application/json in UTF-8, not compressed.',
  })
}

/** Leaves the text to the validator, and the media type in a spelling that it knows. */
function passOn(c: Context<AppEnv>, text: string): void {
  // Hono stores promises here, although its type says otherwise.
  c.req.bodyCache.text = Promise.resolve(text) as never
  if (PLAIN_TYPE.test(c.req.header('content-type') ?? '')) return
  const { method, url, signal } = c.req.raw
  const headers = new Headers(c.req.raw.headers)
  headers.set('content-type', 'application/json')
  c.req.raw = new Request(url, { method, headers, signal })
}

function decodeJson(bytes: Uint8Array): string {
  const text = asJson(() => decoder.decode(bytes))
  const fault = shapeFault(text, { levels, members })
  if (fault) throw new AppError('malformed_json', { detail: SHAPE_DETAILS[fault] })
  asJson(() => JSON.parse(text))
  return text
}

function asJson<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (cause) {
    throw new AppError('malformed_json', { cause })
  }
}
