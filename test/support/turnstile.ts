import { inject } from 'vitest'
import { TURNSTILE_KEY } from './turnstile-key.ts'

let tokens = 0
const token = (kind: string) => `${kind}-${++tokens}-${crypto.randomUUID()}`

/** What a widget would give: a person's once, a program's never. */
export const humanToken = () => token('human')
export const robotToken = () => token('robot')
/** Tokens about which nothing is said, or nothing that can be understood. */
export const silentToken = () => token('silent')
export const brokenToken = () => token('broken')

/** The variables of a service that asks the fake Turnstile. */
export const withTurnstile = () => ({
  TURNSTILE_SECRET_KEY: TURNSTILE_KEY,
  TURNSTILE_URL: inject('turnstileUrl'),
})

/** What the fake Turnstile was asked about a token, once for each time. */
export async function askedAbout(of: string): Promise<Record<string, string>[]> {
  const answer = await fetch(new URL(`/asked?of=${of}`, inject('turnstileUrl')))
  return answer.json()
}
