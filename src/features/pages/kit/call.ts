import type { Context } from 'hono'
import type { FieldProblem, ProblemCode } from '../../../errors.ts'
import type { AppEnv } from '../../../http/context.ts'
import type { Api } from './paths.ts'

/** A request to the API. A body is sent as JSON. */
export type ApiRequest = {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  body?: object
}

/** What a page may know of a problem. */
export type ApiProblem = {
  code: ProblemCode
  errors?: FieldProblem[]
  link_token?: string
}

/** What the API answered. `Body` is what the route's own response schema says. */
export type ApiAnswer<Body = unknown> =
  | { ok: true; status: number; body: Body; headers: Headers }
  | { ok: false; status: number; problem: ApiProblem; headers: Headers }

/** Sends a request to the API as the browser that asks for the page. */
export type Call = <Body = unknown>(request: ApiRequest) => Promise<ApiAnswer<Body>>

/** What belongs to the page's own request, and not to one that it sends. `authorization` would hide the cookie. */
const NOT_PASSED_ON = [
  ...['authorization', 'content-length', 'content-type', 'content-encoding', 'transfer-encoding'],
  ...['connection', 'expect', 'if-match', 'if-none-match', 'range', 'origin', 'referer', 'accept'],
  ...['sec-fetch-dest', 'sec-fetch-mode', 'sec-fetch-user'],
]

/**
 * Returns how a page calls the API: with the browser's cookies and address, and as this origin. Cookies that an answer sets
 * go with the page's own answer (`setCookies`), and with the calls that follow.
 */
export function callerFor(c: Context<AppEnv>, api: Api, ownOrigin: string) {
  const setCookies: string[] = []
  const call = async <Body>(request: ApiRequest): Promise<ApiAnswer<Body>> => {
    const sent = requestOf(c, request, { ownOrigin, setCookies })
    const answer = await api(sent, c.env)
    setCookies.push(...answer.headers.getSetCookie())
    const said = await answer.text()
    const body: unknown = said === '' ? undefined : JSON.parse(said)
    const { status, headers } = answer
    return answer.ok
      ? { ok: true, status, headers, body: body as Body }
      : { ok: false, status, headers, problem: body as ApiProblem }
  }
  return { call, setCookies }
}

type Sender = { ownOrigin: string; setCookies: readonly string[] }

function requestOf(c: Context<AppEnv>, request: ApiRequest, { ownOrigin, setCookies }: Sender) {
  const { method = 'POST', path, body } = request
  const headers = new Headers(c.req.raw.headers)
  for (const name of NOT_PASSED_ON) headers.delete(name)
  headers.set('accept', 'application/json')
  headers.set('origin', ownOrigin)
  headers.set('sec-fetch-site', 'same-origin')
  headers.set('x-edge-auth', '1')
  headers.set('x-request-id', c.get('requestId'))
  const cookies = withCookies(headers.get('cookie') ?? '', setCookies)
  if (cookies === '') headers.delete('cookie')
  else headers.set('cookie', cookies)
  if (body) headers.set('content-type', 'application/json')
  return new Request(new URL(path, new URL(c.req.url).origin), {
    method,
    headers,
    signal: c.req.raw.signal,
    ...(body && { body: JSON.stringify(body) }),
  })
}

/** Returns the browser's cookies as they will be once it has these. */
function withCookies(sent: string, setCookies: readonly string[]): string {
  // Of two with one name the first counts, as everywhere here. A Map would keep the last.
  const jar = new Map(sent.split(/;\s*/).filter(Boolean).map(named).reverse())
  for (const line of setCookies) {
    const [name, value] = named(line.split(';')[0] ?? '')
    if (/;\s*max-age=0\b/i.test(line)) jar.delete(name)
    else jar.set(name, value)
  }
  return Array.from(jar, ([name, value]) => `${name}=${value}`).join('; ')
}

function named(pair: string): [string, string] {
  const at = pair.indexOf('=')
  return at < 0 ? [pair, ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
}
