import { type AccessClaims, verifyRequest } from 'edge-auth-client/server'
import { OWN_ORIGIN } from './own-origin.ts'

const AUTH_URL = process.env.AUTH_URL ?? 'http://localhost:8787'
/** As the service names it: with the prefix, which nobody but an https server can set, everywhere but on a local machine. */
const COOKIE_NAME =
  process.env.SESSION_COOKIE ??
  (OWN_ORIGIN.startsWith('https:') ? '__Host-Http-ea_session' : 'ea_session')
/** What the service is told of the browser, for the list of sessions and the language of mails. */
const PASSED_ON = ['user-agent', 'accept-language']

export type Visit = { token: string; claims: AccessClaims }

/** The session's cookie, as the service takes it. */
function sessionOf(browser: Request): string | undefined {
  const cookies = (browser.headers.get('cookie') ?? '').split('; ')
  return cookies.find((cookie) => cookie.startsWith(`${COOKIE_NAME}=`))
}

/**
 * Asks the service in the name of a browser, whose session cookie goes along and no other. This server has made sure that
 * its own page sent the request, so it may say so.
 */
export function ask(browser: Request, path: string, body?: object): Promise<Response> {
  const headers = new Headers({ origin: OWN_ORIGIN, 'x-edge-auth': '1' })
  for (const name of PASSED_ON) {
    const value = browser.headers.get(name)
    if (value) headers.set(name, value)
  }
  const session = sessionOf(browser)
  if (session) headers.set('cookie', session)
  if (body) headers.set('content-type', 'application/json')
  return fetch(AUTH_URL + path, {
    method: 'POST',
    headers,
    ...(body && { body: JSON.stringify(body) }),
  })
}

/**
 * Who visits: nobody, or somebody with an access token of their session, verified by the service's public keys. What the
 * service sets or removes meanwhile is for the browser.
 */
export async function visitOf(browser: Request): Promise<{ visit?: Visit; cookies: string[] }> {
  if (!sessionOf(browser)) return { cookies: [] }
  const answer = await ask(browser, '/auth/session/token')
  const cookies = answer.headers.getSetCookie()
  if (answer.status === 401) return { cookies }
  if (!answer.ok) throw new Error(`The service answered ${answer.status}`)
  const { access_token: token } = (await answer.json()) as { access_token: string }
  const verified = await verifyRequest(
    { headers: { authorization: `Bearer ${token}` } },
    {
      jwksUrl: `${AUTH_URL}/.well-known/jwks.json`,
      issuer: 'edge-auth',
      audience: 'edge-auth',
    },
  )
  if (verified.ok) return { visit: { token, claims: verified.claims }, cookies }
  throw new Error(`The service's token: ${verified.problem.code}`, { cause: verified.cause })
}

export type Session = { id: string; current: boolean; user_agent: { browser: string | null } }

/** Where the visitor is logged in. Calls with the access token need no cookie. */
export async function sessionsOf({ token }: Visit): Promise<Session[]> {
  const answer = await fetch(`${AUTH_URL}/auth/sessions`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const { sessions } = (await answer.json()) as { sessions: Session[] }
  return sessions
}
