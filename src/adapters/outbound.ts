import { type AskProvider, ProviderFault } from '../core/federation/outbound.ts'
import { isLoopbackHost } from '../utils/loopback.ts'
import { boundedText, faultOf } from './fetched.ts'

/** From the first byte to the last. People wait for it. */
const DEADLINE_MILLISECONDS = 5_000
const MAX_ANSWER_BYTES = 262_144

/** Makes what asks providers. */
export function outbound(deadlineMilliseconds = DEADLINE_MILLISECONDS): AskProvider {
  return async (url, { method, headers, body }, signal) => {
    const isSafe = url.protocol === 'https:' || isLoopbackHost(url.hostname)
    if (!isSafe) throw new ProviderFault('NOT_HTTPS')
    const deadline = AbortSignal.timeout(deadlineMilliseconds)
    try {
      const answer = await fetch(url, {
        method,
        body: body ?? null,
        headers: { ...headers, 'user-agent': 'edge-auth' },
        // Another address is none that the configuration names.
        redirect: 'manual',
        signal: AbortSignal.any([signal, deadline]),
      })
      return await whole(answer)
    } catch (error) {
      if (error instanceof ProviderFault) throw error
      if (signal.aborted) throw new ProviderFault(isTimeout(signal) ? 'TIMEOUT' : 'CLIENT_GONE')
      throw new ProviderFault(faultOf(error, deadline))
    }
  }
}

/** True if several requests took too long together, and false if whoever waits has left. */
function isTimeout({ reason }: AbortSignal): boolean {
  return Object(reason).name === 'TimeoutError'
}

/** An answer that is there to its end, and is JSON whatever its header says. */
async function whole(answer: Response): Promise<Response> {
  const { status } = answer
  if (status < 200 || (status >= 300 && status < 400)) {
    await answer.body?.cancel()
    throw new ProviderFault(`HTTP_${status}`)
  }
  const text = await boundedText(answer, MAX_ANSWER_BYTES)
  if (text === undefined) throw new ProviderFault('ANSWER_TOO_LONG')
  try {
    JSON.parse(text)
  } catch {
    throw new ProviderFault(status === 200 ? 'ANSWER_NOT_JSON' : `HTTP_${status}`)
  }
  return new Response(text, { status, headers: { 'content-type': 'application/json' } })
}
