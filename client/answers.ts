import { AuthError, NetworkError } from './errors.ts'
import { retryAfterMs } from './request.ts'
import type { User } from './types.ts'

export type Is<T> = (value: unknown) => value is T

/** The JSON of an answer that is no refusal. What does not look like the service's (a captive portal's, say) counts as no answer. */
export async function readJson<T>(pending: Promise<Response>, isExpected: Is<T>): Promise<T> {
  const response = await throwIfRefused(pending)
  const body: unknown = await response
    .json()
    .catch((cause) => Promise.reject(new NetworkError(cause)))
  if (isExpected(body)) return body
  throw notTheService(response)
}

/**
 * Reads a refusal; one that is no problem details (a proxy's page, say) has the code `unknown_error`. It throws where the
 * answer is none, such as a redirect: the service gives none.
 */
export async function readAuthError(response: Response): Promise<AuthError> {
  if (response.status < 400) throw notTheService(response)
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json')
  const body: unknown = isProblem ? await response.json().catch(() => undefined) : undefined
  const problem = typeof body === 'object' && body !== null ? body : {}
  const wait = retryAfterMs(response, Date.now())
  const retryAfterSeconds = wait === undefined ? undefined : Math.ceil(wait / 1000)
  const wanted = { retryAfterSeconds, ...stepUpOf(response) }
  return new AuthError({ ...problem, status: response.status }, wanted)
}

/** What a challenge asks to be proven (RFC 9470 section 3). */
function stepUpOf(response: Response) {
  const challenge = response.headers.get('www-authenticate') ?? ''
  if (!challenge.includes('insufficient_user_authentication')) return {}
  const [, acrValues] = /\bacr_values="([^"]*)"/.exec(challenge) ?? []
  const [, seconds] = /\bmax_age="?(\d+)/.exec(challenge) ?? []
  return { acrValues, maxAgeSeconds: seconds === undefined ? undefined : Number(seconds) }
}

export const isUser: Is<User> = (value): value is User => hasTexts(value, 'id', 'username', 'email')

/** The fields of an object; none of anything else. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** True for an object whose named fields are all texts that are not empty. */
export function hasTexts(value: unknown, ...names: string[]): boolean {
  const fields = fieldsOf(value)
  return names.every((name) => typeof fields[name] === 'string' && fields[name] !== '')
}

export async function throwIfRefused(pending: Promise<Response>): Promise<Response> {
  const response = await pending
  if (!response.ok) throw await readAuthError(response)
  return response
}

export function notTheService({ url, status }: Response): NetworkError {
  return new NetworkError(new TypeError(`${url} answered ${status} with something unexpected`))
}
