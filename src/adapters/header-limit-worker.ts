import { problemOutsideApp } from '../http/problem.ts'
import { INPUT_LIMITS } from '../utils/input-limits.ts'

/** The colon, the space and the line's end. */
const BYTES_BESIDE = 4

/** Refuses headers that are too large together, which Cloudflare would let pass, as Node's parser does: before the app. */
export function refuseLargeHeaders({ headers }: Request): Response | undefined {
  let bytes = 0
  for (const [name, value] of headers) bytes += name.length + value.length + BYTES_BESIDE
  if (bytes <= INPUT_LIMITS.headerBytes) return undefined
  const { body, ...init } = problemOutsideApp('headers_too_large')
  return new Response(body, init)
}
