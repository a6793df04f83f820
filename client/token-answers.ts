import { fieldsOf, hasTexts, type Is } from './answers.ts'
import type { AccessToken, Tokens } from './tokens.ts'

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

export const isAccessResponse: Is<AccessResponse> = (value): value is AccessResponse =>
  hasTexts(value, 'access_token') && isCount(fieldsOf(value).expires_in)

export const isTokenResponse: Is<TokenResponse> = (value): value is TokenResponse =>
  isAccessResponse(value) && hasTexts(value, 'refresh_token')

/** Counted from when the request was sent, so that the token never seems to live longer than it does. */
export function accessTokenFrom(answer: AccessResponse, sentAt: number): AccessToken {
  const { access_token, expires_in } = answer
  return { access_token, issued_at: sentAt, expires_at: sentAt + expires_in * 1000 }
}

export function tokensFrom(answer: TokenResponse, sentAt: number, login_id: string): Tokens {
  return { ...accessTokenFrom(answer, sentAt), refresh_token: answer.refresh_token, login_id }
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value)
}
