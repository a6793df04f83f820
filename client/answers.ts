import { AuthError, NetworkError } from './errors.ts'
import { retryAfterMs } from './request.ts'
import type { SignupPending, User } from './types.ts'

/** The service's answer to what gives an access token (RFC 6749 section 5.1). */
export type AccessResponse = {
  access_token: string
  refresh_token?: string | undefined
  token_type: 'bearer'
  expires_in: number
  /** True after a log-in by a password that is known from a data breach. */
  password_breached?: boolean | undefined
}

/** The same where no cookie carries the session. */
export type TokenResponse = AccessResponse & { refresh_token: string }

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

/** Waits for an answer without content: 204 confirms what the service did, 202 that it was taken up. */
export async function readConfirmation(
  pending: Promise<Response>,
  expected: 202 | 204 = 204,
): Promise<void> {
  const response = await throwIfRefused(pending)
  if (response.status !== expected) throw notTheService(response)
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

export const isAccessResponse: Is<AccessResponse> = (value): value is AccessResponse =>
  hasTexts(value, 'access_token') && isCount(fieldsOf(value).expires_in)

export const isTokenResponse: Is<TokenResponse> = (value): value is TokenResponse =>
  isAccessResponse(value) && hasTexts(value, 'refresh_token')

export const isUser: Is<User> = (value): value is User => hasTexts(value, 'id', 'username', 'email')

/** The user who was created, or word that a mail was sent. */
export const isSignupAnswer: Is<User | SignupPending> = (value): value is User | SignupPending =>
  isUser(value) || fieldsOf(value).verification_required === true

/** The fields of an object; none of anything else. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** True for an object whose named fields are all texts that are not empty. */
export function hasTexts(value: unknown, ...names: string[]): boolean {
  const fields = fieldsOf(value)
  return names.every((name) => typeof fields[name] === 'string' && fields[name] !== '')
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value)
}

async function throwIfRefused(pending: Promise<Response>): Promise<Response> {
  const response = await pending
  if (!response.ok) throw await readAuthError(response)
  return response
}

function notTheService({ url, status }: Response): NetworkError {
  return new NetworkError(new TypeError(`${url} answered ${status} with something unexpected`))
}
