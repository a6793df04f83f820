import { z } from '@hono/zod-openapi'
import { documented } from './documented.ts'

/** One entity tag of a list (RFC 9110 section 8.8.3). */
const ENTITY_TAG = /^[ \t,]*(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?:,|$)/

/** The header of a change that is to be made only while nobody else changed the same. */
export const IfMatch = z.object({
  'if-match': documented(z.string().optional(), {
    // The page at /docs sends it as it is.
    example: '*',
    description:
      'The `ETag` of what was read (RFC 9110 section 13.1.1). If it was changed since, nothing is done, and the answer is 412. `*` is any.',
  }),
})

/** The documented header of an answer that `etagOf` makes. */
export const ETAG_HEADER = {
  ETag: {
    description: 'The version, for `If-Match`.',
    required: true,
    schema: { type: 'string' as const, example: '"3"' },
  },
}

/** Returns the header that names the version of what is shown. */
export function etagOf({ version }: { version: number }): { etag: string } {
  return { etag: `"${version}"` }
}

/**
 * Returns the versions that an If-Match header names, or undefined if any will do. A header that cannot be read matches
 * nothing. A weak tag is taken as a strong one: what compresses answers on their way makes it weak, and it is sent back so.
 * Of a version that is counted nothing can be equal weakly alone.
 */
export function versionsIn(ifMatch: string | undefined): string[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined
  const versions: string[] = []
  let rest = ifMatch
  while (rest.trim() !== '') {
    const [whole, version] = ENTITY_TAG.exec(rest) ?? []
    if (whole === undefined || version === undefined) return []
    if (/^\d{1,10}$/.test(version)) versions.push(version)
    rest = rest.slice(whole.length)
  }
  return versions
}
