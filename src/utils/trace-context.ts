/** The place of a request in a distributed trace. */
export type Trace = Readonly<{
  traceId: string
  /** The span of whoever sent the request. */
  parentId: string
  /** The same as a header, to be passed on. */
  traceparent: string
}>

/** Version, trace, span and flags, in small letters alone. No version is ff, and no id is all zeros. */
const FORM = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/

/**
 * Reads a `traceparent` header (W3C Trace Context, level 1). Returns undefined for one that is not valid, which is then
 * ignored. Of a later version it takes what this version knows, for later ones may only append: it is passed on as
 * version 00, with no flag but that of sampling.
 */
export function readTrace(header: string | undefined): Trace | undefined {
  if (header === undefined) return undefined
  const [, version, traceId, parentId, flags, appended] = FORM.exec(header) ?? []
  if (!traceId || !parentId || !flags) return undefined
  if (version === '00') {
    return appended === undefined ? { traceId, parentId, traceparent: header } : undefined
  }
  const sampled = Number.parseInt(flags, 16) % 2
  return { traceId, parentId, traceparent: `00-${traceId}-${parentId}-0${sampled}` }
}
