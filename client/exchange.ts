import { readAuthError, readJson } from './answers.ts'
import { type AuthError, NetworkError } from './errors.ts'
import { postRequest } from './posts.ts'
import { type Platform, retryAfterMs, send } from './request.ts'
import { isTokenResponse, type TokenResponse } from './token-answers.ts'
import type { ErrorCode } from './types.ts'

export type Exchange =
  | { answer: TokenResponse; sentAt: number }
  /** The service refused the refresh token: the session has ended. */
  | { isRefused: true }
  | { error: AuthError | NetworkError; isTransient: boolean; retryAfter: number | undefined }

export const REQUEST_TIMEOUT_MS = 5_000
export const REFUSED_TOKEN_CODES: readonly ErrorCode[] = [
  'token_missing',
  'token_invalid',
  'token_expired',
]

/** Asks once for the successor of a refresh token. Nobody but the service can make it look refused. */
export async function exchangeRefreshToken(
  platform: Platform,
  url: URL,
  refreshToken: string,
): Promise<Exchange> {
  const sentAt = platform.now()
  try {
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
    const response = await send(platform, postRequest(url, undefined, { signal }), refreshToken)
    if (response.ok) {
      return { answer: await readJson(Promise.resolve(response), isTokenResponse), sentAt }
    }
    const error = await readAuthError(response)
    if (isTokenRefusal(error)) return { isRefused: true }
    const isTransient = error.status >= 500 || error.status === 429
    return { error, isTransient, retryAfter: retryAfterMs(response, platform.now()) }
  } catch (cause) {
    const error = cause instanceof NetworkError ? cause : new NetworkError(cause)
    return { error, isTransient: true, retryAfter: undefined }
  }
}

/** True if it is the token that the service refuses. */
export function isTokenRefusal({ status, code }: AuthError): boolean {
  return status === 401 && REFUSED_TOKEN_CODES.includes(code)
}
