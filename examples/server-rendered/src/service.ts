import { type AccessClaims, verifyRequest } from 'edge-auth-client/server'
import { OWN_ORIGIN } from './own-origin.ts'

const AUTH_URL = process.env.AUTH_URL ?? 'http://localhost:8787'
const SESSION = /(?:^|; )((?:__Host-Http-)?ea_session=[^;]*)/
/** What the service is told of the browser, for the list of sessions and the language of mails. */
const PASSED_ON = ['user-agent', 'accept-language']

export type Visit = { token: string; claims: AccessClaims }

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
  const [, session] = SESSION.exec(browser.headers.get('cookie') ?? '') ?? []
  if (session) headers.set('cookie', session)
  if (body) headers.set('content-type', 'application/json')
  return fetch(AUTH_URL + path, {
    method: 'POST',
    headers,
    ...(body && { body: JSON.stringify(body) }),
  })
}

/** Who visits: nobody, or somebody with an access token of their session, verified by the service's public keys. */
export async function visitOf(browser: Request): Promise<Visit | undefined> {
  if (!SESSION.test(browser.headers.get('cookie') ?? '')) return undefined
  const answer = await ask(browser, '/auth/session/token')
  if (answer.status === 401) return undefined
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
  return verified.ok ? { token, claims: verified.claims } : undefined
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
