import { expect } from 'vitest'
import { PASSWORD, type Person, type TestApp } from './app.ts'

/** The origin of the app under test, and of a page of COOKIE_ORIGINS. */
export const OWN_ORIGIN = 'http://localhost:8000'
export const APP_ORIGIN = 'https://app.example.org'

/** What a page's client sends with each request that a cookie goes with. */
export const PAGE = { origin: APP_ORIGIN, 'x-edge-auth': '1', 'sec-fetch-site': 'same-site' }

/** The same of a page of this service. */
export const OWN_PAGE = { ...PAGE, origin: OWN_ORIGIN, 'sec-fetch-site': 'same-origin' }

type Sent = {
  cookie?: string | undefined
  headers?: Record<string, string | undefined>
  body?: unknown
}

/** Sends a request as a page of COOKIE_ORIGINS does; a header that is undefined is left out. */
export function asPage(
  t: TestApp,
  method: string,
  path: string,
  { cookie, headers = {}, body }: Sent = {},
): Promise<Response> {
  const json = body === undefined ? {} : { 'content-type': 'application/json' }
  const all = { ...json, ...(cookie && { cookie }), ...PAGE, ...headers }
  const sent = Object.entries(all).filter(([, value]) => value !== undefined)
  return t.request(path, {
    method,
    headers: Object.fromEntries(sent) as Record<string, string>,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

/** The cookie that an answer sets, as a browser sends it back; empty if it is expired. */
export function cookieOf(answer: Response): string {
  const [, name, value, age] =
    /^([^=]*ea_session)=([^;]*);.*Max-Age=(\d+)/.exec(answer.headers.get('set-cookie') ?? '') ?? []
  expect(name, 'the answer sets no cookie').toBeDefined()
  return Number(age) > 0 ? `${name}=${value}` : ''
}

/** Logs somebody in by a cookie, as a page of this service does. */
export async function logInByCookie(t: TestApp, { username }: Person): Promise<string> {
  const body = { username_or_email: username, password: PASSWORD, transport: 'cookie' }
  const answer = await asPage(t, 'POST', '/auth/login', { body, headers: OWN_PAGE })
  expect(answer.status).toBe(200)
  return cookieOf(answer)
}
