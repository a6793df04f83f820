import type { Context } from 'hono'
import { AppError } from '../errors.ts'
import type { AppEnv } from '../http/context.ts'
import { INPUT_LIMITS } from '../utils/input-limits.ts'

const { bodyBytes: MAX_BODY_BYTES } = INPUT_LIMITS

/**
 * Reads a request's body, at most 16 KiB of it. Refuses what is longer, even if the declared length is smaller, and what
 * breaks off.
 */
export function readBody(c: Context<AppEnv>): Promise<Uint8Array> {
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
