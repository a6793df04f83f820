import type { Context } from 'hono'
import { AppError } from '../errors.ts'
import type { AppEnv } from '../http/context.ts'
import { isJsonInUtf8 } from '../utils/media-type.ts'
import type { Guard } from './guards.ts'

const MAX_BODY_BYTES = 16_384
/** What the validator behind this guard, which knows fewer spellings, takes for JSON. */
const PLAIN_TYPE = /^application\/json(?:; ?charset=utf-8)?$/i
const EMPTY_OBJECT = new TextEncoder().encode('{}')
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/**
 * Reads the body once, before anything else does. Checks the media type first (415), then the actual size (413), even
 * if the declared length is smaller. UTF-8 and JSON come last (400). Validation parses this same text.
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

function readBody(c: Context<AppEnv>): Promise<Uint8Array> {
  return readBounded(c.req.raw, c.req.header('content-length')).catch(brokenOff)
}

/** The client went away or sent invalid HTTP. The service is not at fault, and nobody receives the answer. */
function brokenOff(cause: unknown): never {
  if (cause instanceof AppError) throw cause
  throw new AppError('malformed_request', { detail: 'The request broke off.', cause })
}

/** Reads a short body in one piece, which is cheaper. The HTTP server enforces the declared length. */
async function readBounded(request: Request, declared: string | undefined): Promise<Uint8Array> {
  const isShort = Number(declared) <= MAX_BODY_BYTES
  if (!isShort) return readStream(request.body)
  const bytes = new Uint8Array(await request.arrayBuffer())
  refuseLongerThanAllowed(bytes.length)
  return bytes
}

async function readStream(stream: ReadableStream<Uint8Array> | null): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream ?? []) {
    length += chunk.byteLength
    refuseLongerThanAllowed(length)
    chunks.push(chunk)
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

function refuseLongerThanAllowed(bytes: number): void {
  if (bytes <= MAX_BODY_BYTES) return
  throw new AppError('payload_too_large', {
    detail: `The request may have at most ${MAX_BODY_BYTES} bytes.`,
  })
}

function decodeJson(bytes: Uint8Array): string {
  try {
    const text = decoder.decode(bytes)
    JSON.parse(text)
    return text
  } catch (cause) {
    throw new AppError('malformed_json', { cause })
  }
}
