import type { TurnstileSettings } from '../config/turnstile.ts'
import { type HumanCheck, HumanCheckFailed } from '../core/humans/human-check.ts'
import { boundedText, faultOf, membersOf } from './fetched.ts'

/** From the first byte to the last. People wait for it. */
const DEADLINE_MILLISECONDS = 5_000
const MAX_ANSWER_BYTES = 16_384
/** What is wrong with the token. All other codes say what is wrong with us, or with Turnstile. */
const REFUSALS: readonly unknown[] = [
  'missing-input-response',
  'invalid-input-response',
  'timeout-or-duplicate',
  // Other words for a token that is none.
  'bad-request',
]
const FAULTS: readonly unknown[] = [
  'missing-input-secret',
  'invalid-input-secret',
  'internal-error',
]

/** Returns what asks Cloudflare Turnstile about tokens, or undefined without a key. */
export function turnstile(
  { secretKey, url }: TurnstileSettings,
  deadlineMilliseconds = DEADLINE_MILLISECONDS,
): HumanCheck | undefined {
  if (secretKey === undefined) return undefined
  return {
    async isHuman(token, ip, signal) {
      const body = new URLSearchParams({ secret: secretKey, response: token })
      if (ip !== null) body.set('remoteip', ip)
      const deadline = AbortSignal.timeout(deadlineMilliseconds)
      try {
        const answer = await fetch(url, {
          method: 'POST',
          body,
          headers: { 'user-agent': 'edge-auth' },
          // The key is for this address alone.
          redirect: 'manual',
          signal: AbortSignal.any([signal, deadline]),
        })
        return await judged(answer)
      } catch (error) {
        if (error instanceof HumanCheckFailed) throw error
        throw new HumanCheckFailed(faultOf(error, deadline), { cause: error })
      }
    },
  }
}

/** Lets nobody pass but whom the answer names a person in so many words. */
async function judged(answer: Response): Promise<boolean> {
  const text = await boundedText(answer, MAX_ANSWER_BYTES)
  if (text === undefined) throw new HumanCheckFailed('ANSWER_TOO_LONG')
  const { success, 'error-codes': codes } = membersOf(text)
  if (success === true && answer.ok) return true
  const given = Array.isArray(codes) ? codes : []
  const fault = given.find((code) => FAULTS.includes(code))
  if (fault) throw new HumanCheckFailed(String(fault).replaceAll('-', '_').toUpperCase())
  if (success === false && given.some((code) => REFUSALS.includes(code))) return false
  throw new HumanCheckFailed(answer.ok ? 'ANSWER_UNKNOWN' : `HTTP_${answer.status}`)
}
