/** On every answer, errors and preflights too (ASVS 3.4, 14.3.2). The docs page alone replaces the content policy. */
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

/** The headers that let a listed origin read an answer; the match is exact, and credentials are never allowed (ASVS 3.4.2). */
export function corsHeaders(
  origins: ReadonlySet<string>,
  origin: string | undefined,
): Record<string, string> {
  if (origin === undefined || !origins.has(origin)) return { vary: 'Origin' }
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED,
  }
}

/** What a preflight of a listed origin is told besides; an origin that is not listed is told nothing. */
export function preflightHeaders(allowed: boolean): Record<string, string> {
  return allowed ? PREFLIGHT : {}
}
