import { getCookie } from 'hono/cookie'
import { isLocalUrl } from '../../../utils/loopback.ts'
import { ownOriginOf } from './own-form.ts'
import type { Carried, Visit } from './visit.ts'

/** As the cookie of the sign-in itself: with TLS it is this host's alone. */
const NAME = '__Host-Http-ea_trip'
const LOCAL_NAME = 'ea_trip'
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
  visit.setCookies.push(cookieOf(visit, encodeURIComponent(kept.toString()), SECONDS))
}

/** True where this browser went to a provider from a page here. */
export function isOnTrip(visit: Visit): boolean {
  return getCookie(visit.c, nameFor(visit)) !== undefined
}

/** Returns what was carried to a provider, and has the browser forget it. */
export function carriedBack(visit: Visit): Carried {
  const kept = getCookie(visit.c, nameFor(visit))
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
  visit.setCookies.push(cookieOf(visit, '', 0))
}

function isLocal(visit: Visit): boolean {
  return isLocalUrl(visit.c.get('deps').publicUrl())
}

function nameFor(visit: Visit): string {
  return isLocal(visit) ? LOCAL_NAME : NAME
}

function cookieOf(visit: Visit, value: string, seconds: number): string {
  const parts = [`${nameFor(visit)}=${value}`, 'Path=/', `Max-Age=${seconds}`, 'HttpOnly']
  return [...parts, ...(isLocal(visit) ? [] : ['Secure']), 'SameSite=Lax'].join('; ')
}
