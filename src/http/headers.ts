import { isOrigin, matcherOf } from '../utils/origins.ts'

/**
 * The headers of every answer, including errors and preflights (ASVS 3.4, 14.3.2). Only pages replace the content
 * policy.
 */
export const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

/** What the cookie goes with that binds a sign-in at a provider to the browser that began it. */
const WITH_COOKIE = /^\/auth\/(?:oauth\/(?:exchange|[^/]+\/start)|identities)$/

/** What anybody's page may read: keys that are public by their purpose. */
const OPEN_PATHS = new Set(['/.well-known/jwks.json'])

const EXPOSED =
  'Content-Disposition, ETag, Location, RateLimit, RateLimit-Policy, Retry-After, traceparent, WWW-Authenticate, X-Request-Id'
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers':
    'Authorization, Content-Type, If-Match, X-Edge-Auth, X-Request-Id, traceparent, tracestate, baggage, sentry-trace',
  'access-control-max-age': '600',
}

const CREDENTIALS = { 'access-control-allow-credentials': 'true' }

type Headers = Readonly<Record<string, string>>

/**
 * Returns the headers of an answer for the request's origin and path. Only a listed origin may read the answer. The match
 * is exact but for the port in a local pattern. Credentials are allowed to `cookieOrigins`, and to others where a sign-in at
 * a provider needs its cookie, and nowhere else (ASVS 3.4.2).
 */
export function responseHeaders({
  corsOrigins: listedOrigins,
  cookieOrigins,
}: Record<'corsOrigins' | 'cookieOrigins', readonly string[]>): (
  origin: string | undefined,
  path: string,
) => Headers {
  const forOthers = { ...SECURITY_HEADERS, vary: 'Origin, Cookie' }
  const readableBy = (origin: string) => ({
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED,
  })
  // The same whoever asks, so that shared caches need one copy.
  const open = {
    ...SECURITY_HEADERS,
    ...readableBy('*'),
    'cross-origin-resource-policy': 'cross-origin',
  }
  const readable = (origin: string) => ({ ...forOthers, ...readableBy(origin) })
  const forListed = new Map(
    listedOrigins.filter(isOrigin).map((origin) => [origin, readable(origin)]),
  )
  const matches = matcherOf(listedOrigins)
  const mayHaveCookie = matcherOf(cookieOrigins)
  return (origin, path) => {
    if (OPEN_PATHS.has(path)) return open
    if (origin === undefined) return forOthers
    const listed = forListed.get(origin) ?? (matches(origin) ? readable(origin) : undefined)
    if (!listed) return forOthers
    const hasCookie =
      WITH_COOKIE.test(path) || cookieOrigins.includes(origin) || mayHaveCookie(origin)
    return hasCookie ? { ...listed, ...CREDENTIALS } : listed
  }
}

/** True if the origin that asked may read an answer with these headers. */
export function isReadable(headers: Headers): boolean {
  return 'access-control-allow-origin' in headers
}

/** Returns the additional headers of a preflight, or none if the origin is not listed. */
export function preflightHeaders(headers: Headers): Headers {
  return isReadable(headers) ? PREFLIGHT : {}
}
