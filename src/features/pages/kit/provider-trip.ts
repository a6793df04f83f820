import { ownCookie } from '../../../middleware/own-cookie.ts'
import { ownOriginOf } from './own-form.ts'
import type { Carried, Visit } from './visit.ts'

const NAME = 'ea_trip'
const SECONDS = 600
const KEPT = ['return_to', 'invitation'] as const

/** Where the API sends a browser back to that signed in at a provider from a page here. */
export function ownReturnUrl({ c }: Visit): string {
  return `${c.get('deps').publicUrl() ?? ownOriginOf(c)}/login/provider`
}

/** Keeps what is carried in the browser, for the way to a provider and back. What comes back is judged as if it were new. */
export function carry(visit: Visit): void {
  const kept = new URLSearchParams()
  for (const name of KEPT) {
    const value = visit.carried[name]
    if (value !== undefined) kept.set(name, value)
  }
  const value = encodeURIComponent(kept.toString())
  visit.setCookies.push(ownCookie(visit.c, NAME).line(value, SECONDS, 'Lax'))
}

/** True where this browser went to a provider from a page here. */
export function isOnTrip(visit: Visit): boolean {
  return ownCookie(visit.c, NAME).sent !== undefined
}

/** Returns what was carried to a provider. */
export function carriedBack(visit: Visit): Carried {
  const kept = ownCookie(visit.c, NAME).sent
  if (kept === undefined) return {}
  const found = new URLSearchParams(kept)
  return Object.fromEntries(
    KEPT.flatMap((name) => {
      const value = found.get(name)
      return value === null ? [] : [[name, value]]
    }),
  )
}

/** Has the browser forget what it carried. */
export function forgetTrip(visit: Visit): void {
  visit.setCookies.push(ownCookie(visit.c, NAME).line('', 0, 'Lax'))
}
