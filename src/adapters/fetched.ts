/** Codes of the runtime, such as ECONNREFUSED. Its messages may name addresses. */
const FAULT = /^[A-Z][A-Z\d_]{2,50}$/

/** Reads an answer as text, or returns undefined if it is longer than that. */
export async function boundedText(
  { body }: Response,
  maxBytes: number,
): Promise<string | undefined> {
  const decoder = new TextDecoder()
  let [text, bytes] = ['', 0]
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) return undefined
    text += decoder.decode(chunk, { stream: true })
  }
  return text
}

/** Returns the members of a JSON object, or none if the text is something else. */
export function membersOf(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}

/** Names what `fetch` failed of, for the log. The signal is that of the deadline. */
export function faultOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'TIMEOUT'
  const { code } = Object((error as Error | undefined)?.cause)
  return typeof code === 'string' && FAULT.test(code) ? code : 'UNREACHABLE'
}
