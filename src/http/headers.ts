/**
 * The headers of every answer, including errors and preflights (ASVS 3.4, 14.3.2). Only the docs page replaces the
 * content policy.
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

const EXPOSED = 'Retry-After, WWW-Authenticate, X-Request-Id'
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers': 'Authorization, Content-Type, X-Request-Id',
  'access-control-max-age': '600',
}

type Headers = Readonly<Record<string, string>>

/**
 * Returns the headers of an answer for the request's origin. Only a listed origin may read the answer. The match is
 * exact, and credentials are never allowed (ASVS 3.4.2).
 */
export function responseHeaders(
  listedOrigins: readonly string[],
): (origin: string | undefined) => Headers {
  const forAll = { ...SECURITY_HEADERS, vary: 'Origin' }
  const forListed = new Map(
    listedOrigins.map((origin) => [
      origin,
      {
        ...forAll,
        'access-control-allow-origin': origin,
        'access-control-expose-headers': EXPOSED,
      },
    ]),
  )
  return (origin = '') => forListed.get(origin) ?? forAll
}

/** Returns the additional headers of a preflight, or none if the origin is not listed. */
export function preflightHeaders(headers: Headers): Headers {
  return 'access-control-allow-origin' in headers ? PREFLIGHT : {}
}
