import type { Context } from 'hono'
import { AppError } from '../errors.ts'
import type { AppEnv } from '../http/context.ts'
import type { Guard } from './guards.ts'

const MAX_BODY_BYTES = 16_384
const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/**
 * Reads the body once, before anything else does. Checks the media type first (415), then the actual size (413), even
 * if the declared length is smaller. UTF-8 and JSON come last (400). Validation parses this same text.
 */
export const jsonBody: Guard = {
  async middleware(c, next) {
    await readJson(c)
    await next()
  },
  problems: ['malformed_json', 'payload_too_large', 'unsupported_media_type', 'validation_failed'],
}

async function readJson(c: Context<AppEnv>): Promise<void> {
  const encoding = c.req.header('content-encoding')
  if (
    !JSON_TYPE.test(c.req.header('content-type') ?? '') ||
    (encoding && encoding !== 'identity')
  ) {
    throw new AppError('unsupported_media_type', {
      detail: 'Send the body as application/json in UTF-8, not compressed.',
    })
  }
  const bytes = await readBounded(c.req.raw, c.req.header('content-length')).catch(brokenOff)
  const text = decodeJson(bytes)
  // Hono stores promises here, although its type says otherwise.
  c.req.bodyCache.text = Promise.resolve(text) as never
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
