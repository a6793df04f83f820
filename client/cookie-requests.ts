import { readAuthError } from './answers.ts'
import { isTokenRefusal } from './exchange.ts'
import { type AccessResponse, isAccessResponse } from './token-answers.ts'

/** The request as the service takes one by cookie: with the cookie, and with what no form can send. */
export function withCookie(request: Request): Request {
  const own = new Request(request, { credentials: 'include' })
  own.headers.set('x-edge-auth', '1')
  return own
}

/** It throws unless it is the session that the service does not know. */
export async function throwUnlessRefused(response: Response): Promise<void> {
  const error = await readAuthError(response)
  if (!isTokenRefusal(error)) throw error
}

/** The session of an access token, whose claims are for everybody to read who has it. */
export function sessionOf(accessToken: string): string {
  const [, claims = ''] = accessToken.split('.')
  return JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/'))).sid
}

export function isSessionAnswer(value: unknown): value is AccessResponse {
  try {
    return isAccessResponse(value) && typeof sessionOf(value.access_token) === 'string'
  } catch {
    return false
  }
}
