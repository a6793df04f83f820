import type { Context } from 'hono'
import { AppError } from '../errors.ts'
import type { AppEnv } from '../http/context.ts'
import { INPUT_LIMITS } from '../utils/input-limits.ts'
import { isFormInUtf8 } from '../utils/media-type.ts'
import type { Guard } from './guards.ts'
import { readBody } from './read-body.ts'

const FORM_TYPE = 'application/x-www-form-urlencoded'
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads the form of a page once, before anything else does: its media type first (415), then its actual size (413),
 * then UTF-8 and the number of fields (400). Validation parses this same text. No other form is taken, for one in several parts may hold files.
 */
export const formBody: Guard = {
  async middleware(c, next) {
    refuseOtherTypes(c)
    const form = new URLSearchParams(decoded(await readBody(c)))
    refuseMoreFields(form.size)
    // Hono stores promises here, although its type says otherwise.
    c.req.bodyCache.formData = Promise.resolve(form) as never
    await next()
  },
  problems: [
    'malformed_request',
    'payload_too_large',
    'unsupported_media_type',
    'validation_failed',
  ],
}

function refuseOtherTypes(c: Context<AppEnv>): void {
  const encoding = c.req.header('content-encoding')?.toLowerCase() || 'identity'
  if (isFormInUtf8(c.req.header('content-type') ?? '') && encoding === 'identity') return
  throw new AppError('unsupported_media_type', {
    detail: `Send the form as ${FORM_TYPE} in UTF-8, not compressed.`,
  })
}

function refuseMoreFields(count: number): void {
  if (count <= INPUT_LIMITS.formFields) return
  throw new AppError('malformed_request', {
    detail: `The form may have at most ${INPUT_LIMITS.formFields} fields.`,
  })
}

function decoded(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw new AppError('malformed_request', { detail: 'The form is not UTF-8.', cause })
  }
}
