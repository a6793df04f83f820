import { PROBLEMS, type ProblemCode } from '../../src/errors.ts'
import { SECURITY_HEADERS } from '../../src/http/headers.ts'
import { PROBLEMS_OF_ANY_REQUEST } from '../../src/http/problem-docs.ts'
import { type Document, faults, type Route } from './openapi.ts'

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'
const OUTSIDE: ReadonlySet<string> = new Set(PROBLEMS_OF_ANY_REQUEST)
/** A page can say this of any request to it. It has no code. */
const PAGE_STATUSES = new Set([200, 204, 308, 400, 403, 404, 405, 409, 413, 414, 415, 422, 429])
/** The largest answer but the docs: a body's fields refused one by one. */
const MOST_CHARACTERS = 65_536

/** Finds the route that serves a request, by the document alone, if one does. */
export function routeFor(routes: Route[], method: string, target: string): Route | undefined {
  const path = decoded(new URL(`http://localhost${target}`).pathname)
  const asked = method === 'HEAD' ? 'GET' : method
  return routes.find((route) => asked === route.method && matches(route.path, path))
}

function matches(pattern: string, path: string): boolean {
  const parts = pattern.split('/')
  const given = path.split('/')
  return (
    parts.length === given.length &&
    parts.every((part, at) => (part.startsWith('{') ? given[at] !== '' : part === given[at]))
  )
}

function decoded(path: string): string {
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}

/**
 * Says what is wrong with an answer, `[]` if nothing is: a fault of the service, a status or code that its route does not
 * document, another form than the documented one, a header that is missing.
 */
export async function complaints(
  document: Document,
  { route, method, isPage }: { route: Route | undefined; method: string; isPage: boolean },
  answer: Response,
): Promise<string[]> {
  const { status, headers } = answer
  const text = await answer.text()
  const found = Object.entries(SECURITY_HEADERS)
    .filter(([name]) => !headers.has(name))
    .map(([name]) => `${name} is missing`)
  if (!/^[\w.:-]{1,128}$/.test(headers.get('x-request-id') ?? '')) found.push('no x-request-id')
  if (status >= 500) found.push(`a fault of the service: ${status} ${text}`)
  const type = headers.get('content-type')
  if (type === PROBLEM_TYPE) {
    found.push(...problemComplaints(document, route, isPage, answer, method === 'HEAD' ? '' : text))
  } else if (isPage) {
    if (!PAGE_STATUSES.has(status)) found.push(`a page answered ${status}`)
  } else if (status >= 400) {
    found.push(`${status} is no problem+json but ${type}`)
  } else if (method !== 'OPTIONS') {
    found.push(...successComplaints(document, route, answer, method === 'HEAD' ? '' : text))
  }
  // A list is as long as what others left in the database.
  if (status >= 400 && !isPage && text.length > MOST_CHARACTERS)
    found.push(`an answer of ${text.length} characters`)
  return found
}

function problemComplaints(
  document: Document,
  route: Route | undefined,
  isPage: boolean,
  { status, headers }: Response,
  text: string,
): string[] {
  if (text === '') return []
  const body = JSON.parse(text)
  const code = body.code as ProblemCode
  const found = faults(document, document.components.schemas.Problem, body)
  if (PROBLEMS[code]?.status !== status || body.status !== status) found.push(`${status} ${code}`)
  if (body.request_id !== headers.get('x-request-id')) found.push('another request_id')
  const { examples = {} } = route?.responses[status]?.content?.['application/problem+json'] ?? {}
  const isDocumented = isPage || OUTSIDE.has(code) || code in examples
  if (!isDocumented) found.push(`${status} ${code} is not documented for ${route?.name}`)
  for (const [name, { required }] of Object.entries(route?.responses[status]?.headers ?? {})) {
    if (required && code in examples && !headers.has(name)) found.push(`no ${name}`)
  }
  return found
}

function successComplaints(
  document: Document,
  route: Route | undefined,
  { status, headers }: Response,
  text: string,
): string[] {
  const documented = route?.responses[status]
  if (!documented) return [`${status} is not documented for ${route?.name}`]
  const media = documented.content?.['application/json']
  const files = Object.keys(documented.content ?? {}).map((type) => `${type}; charset=utf-8`)
  if (!media && files.length > 0) {
    return files.includes(headers.get('content-type') ?? '') ? [] : ['another type']
  }
  if (!media) return text === '' ? [] : [`${status} has a body`]
  if (headers.get('content-type') !== 'application/json; charset=utf-8') return ['another type']
  return text === '' ? [] : faults(document, media.schema, JSON.parse(text))
}
