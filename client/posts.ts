import { serviceRequest } from './request.ts'

/** A POST of JSON, or of nothing. */
export function postRequest(url: URL, body?: object, init: RequestInit = {}): Request {
  return serviceRequest(url, { method: 'POST', ...(body && jsonBody(body)), ...init })
}

/** What makes a request one with a body of JSON. */
export function jsonBody(body: object): RequestInit {
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

/** The cookie of a sign-in at a provider goes with these requests. */
export const WITH_COOKIE = { credentials: 'include' } as const
